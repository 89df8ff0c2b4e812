// docs/paths.svg: a panel for each method, with its path over the landscape's contour lines; fewest steps first.
import { writeFileSync } from "node:fs";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { type Landscape, type LandscapeName, landscapes, type Point } from "./landscapes.js";
import type { Result, Row } from "./results.js";

interface View {
  readonly name: LandscapeName;
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

const views: readonly View[] = [
  { name: "rosenbrock", x: [-1.8, 1.8], y: [-0.8, 1.9] },
  { name: "beale", x: [0.2, 4.2], y: [-1, 2] },
];

const columns = 6;
const panel = { width: 180, height: 135 };
const gap = 12;
const margin = 24;
const titleHeight = 24;
const headHeight = 72;
const width = 2 * margin + columns * panel.width + (columns - 1) * gap;
const contours = 16;
const fontFamily = "Inter, 'Helvetica Neue', Arial, sans-serif";

const places = (n: number) => Number(n.toFixed(1));

/** Colored bands between contour lines, at equal distances of log(value). */
function drawContours({ value, minimum }: Landscape, { x, y }: View): string {
  const { document } = parseHTML("<html><body></body></html>");
  const height = (px: number, py: number) => Math.log10(value(px, py) + 0.02);
  const corners = x.flatMap((px) => y.map((py) => height(px, py)));
  const [low, high] = [height(...minimum), Math.max(...corners)];
  const thresholds = Array.from({ length: contours }, (_, i) => low + ((i + 0.5) * (high - low)) / contours);
  const plot = Plot.plot({
    document: document as unknown as Document,
    ...panel,
    margin: 0,
    axis: null,
    x: { domain: x },
    y: { domain: y },
    color: { domain: [low, high], range: ["#ffffff", "#c6d2df"], interpolate: "rgb" },
    marks: [
      Plot.contour({
        x1: x[0],
        x2: x[1],
        y1: y[0],
        y2: y[1],
        fill: height,
        stroke: "#9aabbd",
        strokeWidth: 0.5,
        thresholds,
        pixelSize: 1,
      } as Plot.ContourOptions),
    ],
  });
  const drawn = (plot.querySelector("[aria-label=contour]") as Element).outerHTML;
  return drawn.replace(/\d+\.\d+/g, (digits) => String(places(Number(digits))));
}

/** A path and dots at its points, as SVG path commands. Skips what would be drawn twice at the same position. */
function trace(points: readonly Point[]) {
  const drawn = new Set<string>();
  const isNew = (key: string) => drawn.size < drawn.add(key).size;
  const [line, dots]: [string[], string[]] = [[], []];
  let last = points[0];
  let cell = "";
  let down = false;
  for (const [x, y] of points) {
    if (Math.hypot(x - last[0], y - last[1]) < 0.5) continue;
    const before = cell;
    cell = `${Math.round(x)},${Math.round(y)}`;
    const next = isNew(`${before} ${cell}`);
    if (next && !down) line.push(`M${last.map(places)}`);
    if (next) line.push(`L${places(x)},${places(y)}`);
    if (isNew(cell)) dots.push(`M${places(x)},${places(y)}h0`);
    last = [x, y];
    down = next;
  }
  return { line: line.join(""), dots: dots.join("") };
}

function drawPanel(method: string, result: Result, { name, x, y }: View): string {
  const toPixel = ([px, py]: Point): Point => [
    ((px - x[0]) / (x[1] - x[0])) * panel.width,
    ((y[1] - py) / (y[1] - y[0])) * panel.height,
  ];
  const { start, minimum } = landscapes[name];
  const { line, dots } = trace(result.path().map(toPixel));
  const [startX, startY] = toPixel(start).map(places);
  const [endX, endY] = toPixel(minimum).map(places);
  const steps = result.steps?.toLocaleString("en") ?? "not converged";
  return (
    `<text y="-7" font-weight="600" fill="#1a1a1a">${method}</text>` +
    `<text x="${panel.width}" y="-7" text-anchor="end" fill="#666666">${steps}</text>` +
    `<g clip-path="url(#panel)"><use href="#${name}"/>` +
    `<path class="line" d="${line}"/><path class="dots" d="${dots}"/>` +
    `<circle cx="${startX}" cy="${startY}" r="3" fill="#ffffff" stroke="#1a1a1a" stroke-width="1.2"/>` +
    `<path d="M${endX - 4},${endY}h8M${endX},${endY - 4}v8" stroke="#d00000" stroke-width="1.6"/></g>` +
    `<rect width="${panel.width}" height="${panel.height}" fill="none" stroke="#c4ccd4"/>`
  );
}

function drawSection(rows: readonly Row[], view: View): { svg: string; height: number } {
  const order = [...rows].sort((a, b) => (a.on[view.name].steps ?? Infinity) - (b.on[view.name].steps ?? Infinity));
  const panels = order.map(({ method, on }, i) => {
    const left = margin + (i % columns) * (panel.width + gap);
    const top = headHeight + titleHeight + Math.floor(i / columns) * (panel.height + titleHeight + gap);
    return `<g transform="translate(${left},${top})">${drawPanel(method, on[view.name], view)}</g>`;
  });
  const { title, formula } = landscapes[view.name];
  const head =
    `<text x="${margin}" y="40" font-size="20" font-weight="600" fill="#1a1a1a">${title}: ${formula}</text>` +
    `<text x="${margin}" y="63" font-size="14" fill="#555555">steps needed, fewest first; ○ start, + minimum, dots are steps</text>`;
  const height = headHeight + Math.ceil(rows.length / columns) * (panel.height + titleHeight + gap);
  return { svg: head + panels.join(""), height };
}

export function draw(rows: readonly Row[]): string {
  let height = 0;
  const sections = views.map((view) => {
    const section = drawSection(rows, view);
    const placed = `<g transform="translate(0,${height})">${section.svg}</g>`;
    height += section.height;
    return placed;
  });
  height += margin;
  const backgrounds = views.map((view) => `<g id="${view.name}">${drawContours(landscapes[view.name], view)}</g>`);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="${fontFamily}" font-size="13"><title>Paths of the rules over contour lines</title>` +
    "<style>.line,.dots{fill:none;stroke:#0060a8;stroke-linejoin:round;stroke-linecap:round}.line{stroke-width:0.8}.dots{stroke-width:2.4}</style>" +
    `<defs><clipPath id="panel"><rect width="${panel.width}" height="${panel.height}"/></clipPath>${backgrounds.join("")}</defs>` +
    `<rect width="100%" height="100%" fill="#ffffff"/>${sections.join("")}</svg>\n`
  );
}

export function writePicture(rows: readonly Row[]): void {
  writeFileSync(new URL("../../docs/paths.svg", import.meta.url), draw(rows));
}
