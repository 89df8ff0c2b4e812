import { colourOf, dashOf } from "../draw/palette.js";

/** A short line in the colour and dash of a racer. */
export function swatch(racer: number): SVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "pg-swatch");
  svg.setAttribute("viewBox", "0 0 28 8");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", "M1 4H27");
  line.setAttribute("stroke", colourOf(racer));
  line.setAttribute("stroke-width", "2.5");
  line.setAttribute("stroke-dasharray", dashOf(racer).join(" "));
  svg.append(line);
  return svg;
}
