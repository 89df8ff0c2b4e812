// Signs that not every font has, as pictures.

/** Paths in a square of 16. */
const paths = {
  play: "M4 2L14 8L4 14Z",
  pause: "M3 2H7V14H3ZM9 2H13V14H9Z",
  restart: "M2 2H5V14H2ZM14 2V14L6 8Z",
} as const;

export function icon(name: keyof typeof paths): SVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "pg-icon");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", paths[name]);
  svg.append(path);
  return svg;
}
