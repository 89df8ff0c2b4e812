// The two curves as SVG. Colours are those of the theme.
import type { lossesOf } from "./losses.js";

const space = "http://www.w3.org/2000/svg";

/** Values of the vertical axis. */
const [lowest, highest] = [0, 1.1];
const height = 260;
const margin = { left: 8, right: 8, top: 12, bottom: 12 };

function svg(tag: string, attributes: { readonly [name: string]: string | number }, text?: string): SVGElement {
  const made = document.createElementNS(space, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

export interface CurveTexts {
  readonly training: string;
  readonly test: string;
  readonly flat: string;
  readonly sharp: string;
  readonly summary: string;
}

/** Draws the curves, both losses at each minimum of the training loss, and a bar between them. */
export function drawCurves(
  place: HTMLElement,
  { training, test, minima, bounds }: ReturnType<typeof lossesOf>,
  texts: CurveTexts,
) {
  const width = Math.max(place.clientWidth, 200);
  const [x0, x1] = bounds;
  const px = (x: number) => margin.left + ((x - x0) / (x1 - x0)) * (width - margin.left - margin.right);
  const py = (loss: number) => margin.top + ((highest - loss) / (highest - lowest)) * (height - margin.top - margin.bottom);
  const columns = Math.round(width / 2);
  const line = (loss: (x: number) => number) =>
    Array.from({ length: columns + 1 }, (_, i) => {
      const x = x0 + ((x1 - x0) * i) / columns;
      return `${i === 0 ? "M" : "L"}${px(x).toFixed(1)} ${py(loss(x)).toFixed(1)}`;
    }).join("");

  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": texts.summary });
  picture.append(
    svg("path", { d: line(training), class: "learn-training" }),
    svg("path", { d: line(test), class: "learn-test" }),
  );
  for (const [i, x] of minima.entries()) {
    const [low, high] = [training(x), test(x)];
    picture.append(
      svg("path", { d: `M${px(x)} ${py(low)}V${py(high)}`, class: "learn-rise" }),
      svg("circle", { cx: px(x), cy: py(low), r: 5, class: "learn-at-training" }),
      svg("circle", { cx: px(x), cy: py(high), r: 5, class: "learn-at-test" }),
      svg("text", { x: px(x), y: py(low) + 22, "text-anchor": "middle" }, i === 0 ? texts.flat : texts.sharp),
    );
  }
  picture.append(...legend(texts));
  place.replaceChildren(picture);
}

function legend(texts: CurveTexts): SVGElement[] {
  return [texts.training, texts.test].flatMap((text, i) => {
    const y = height - margin.bottom - 24 + 20 * i;
    return [
      svg("path", { d: `M12 ${y - 4}H44`, class: i === 0 ? "learn-training" : "learn-test" }),
      svg("text", { x: 52, y }, text),
    ];
  });
}
