// docs/paths-*.svg, one for each landscape: a panel for each method, with its path over the contour lines; fewest steps first.
import { writeFileSync } from "node:fs";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { background, blue, type Color, darkMode, faint, grey, ink, orange, red } from "../../scripts/darkMode.js";
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
/** The contour lines, and what they enclose: each line makes the hills inside a little darker. */
const hill: Color = ["#7c8894", "#8a96a3"];
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
    marks: [
      Plot.contour({
        x1: x[0],
        x2: x[1],
        y1: y[0],
        y2: y[1],
        fill: hill[0],
        value: height,
        stroke: hill[0],
        strokeWidth: 0.4,
        fillOpacity: 0.03,
        thresholds,
        pixelSize: 2,
      } as Plot.ContourOptions),
    ],
  });
  const drawn = (plot.querySelector("[aria-label=contour]") as Element).outerHTML;
  return drawn
    .replace(/(?<=[ML])(-?[\d.]+),(-?[\d.]+)/g, (_, px, py) => `${Math.round(Number(px))},${Math.round(Number(py))}`)
    .replace(/L(-?\d+),(-?\d+)(?:L\1,-?\d+)+(?=L\1,)/g, "L$1,$2") // points on a vertical line
    .replace(/L(-?\d+),(-?\d+)(?:L-?\d+,\2)+(?=L-?\d+,\2[LZ])/g, "L$1,$2"); // and on a horizontal one
}

/** Units of a pixel in which paths are written, as integers: shorter than decimals. */
const fine = 2;
const units = ([x, y]: Point): Point => [Math.round(fine * x), Math.round(fine * y)];

/** A path and dots at its points, as SVG path commands in units. Skips what would be drawn twice at the same position. */
function trace(points: readonly Point[]) {
  const drawn = new Set<string>();
  const isNew = (key: string) => drawn.size < drawn.add(key).size;
  const line: string[] = [];
  const dots: string[] = [];
  let last = units(points[0]);
  let down = false;
  let dot: Point = [0, 0];
  for (const point of points) {
    const next = units(point);
    const [dx, dy] = [next[0] - last[0], next[1] - last[1]];
    if (Math.hypot(dx, dy) < fine) continue;
    const segment = isNew(`${last} ${next}`);
    if (segment) line.push(down ? `l${dx},${dy}` : `M${last}l${dx},${dy}`);
    if (isInside(point) && isNew(String(next.map((unit) => Math.round(unit / fine))))) {
      dots.push(`m${next[0] - dot[0]},${next[1] - dot[1]}h0`);
      dot = next;
    }
    last = next;
    down = segment;
  }
  return { line: line.join(""), dots: dots.length > 0 ? `M0,0${dots.join("")}` : "" };
}

const isInside = ([x, y]: Point) => x >= 0 && x <= panel.width && y >= 0 && y <= panel.height;

/** Triangles on the frame where the path leaves it, as SVG path commands. */
function exits(points: readonly Point[]): string {
  const marks = points.slice(1).flatMap((to, i) => {
    const from = points[i];
    if (!isInside(from) || isInside(to)) return [];
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    // The share of the segment that is inside, for each side.
    const across = dx === 0 ? Infinity : ((dx > 0 ? panel.width : 0) - from[0]) / dx;
    const down = dy === 0 ? Infinity : ((dy > 0 ? panel.height : 0) - from[1]) / dy;
    const share = Math.min(across, down);
    const at = [from[0] + share * dx, from[1] + share * dy].map(Math.round);
    return [
      across < down ? `M${at[0]},${at[1] - 4}v8l${5 * Math.sign(dx)},-4z` : `M${at[0] - 4},${at[1]}h8l-4,${5 * Math.sign(dy)}z`,
    ];
  });
  return [...new Set(marks)].join("");
}

function drawPanel(method: string, result: Result, { name, x, y }: View): string {
  const toPixel = ([px, py]: Point): Point => [
    ((px - x[0]) / (x[1] - x[0])) * panel.width,
    ((y[1] - py) / (y[1] - y[0])) * panel.height,
  ];
  const { start, minimum } = landscapes[name];
  const points = result.path().map(toPixel);
  const { line, dots } = trace(points);
  const [startX, startY] = toPixel(start).map(places);
  const [endX, endY] = toPixel(minimum).map(places);
  const steps = result.steps?.toLocaleString("en") ?? "not converged";
  return (
    `<text y="-7" font-weight="600" font-size="${method.length > 14 ? 11 : 13}" fill="${ink[0]}">${method}</text>` +
    `<text x="${panel.width}" y="-7" text-anchor="end" fill="${grey[0]}">${steps}</text>` +
    `<g clip-path="url(#panel)"><use href="#${name}"/>` +
    `<g transform="scale(${1 / fine})"><path class="line" stroke="${blue[0]}" d="${line}"/><path class="dots" stroke="${blue[0]}" d="${dots}"/></g>` +
    `<circle cx="${startX}" cy="${startY}" r="3" fill="${background[0]}" stroke="${ink[0]}" stroke-width="1.2"/>` +
    `<path d="M${endX - 4},${endY}h8M${endX},${endY - 4}v8" stroke="${red[0]}" stroke-width="1.6"/></g>` +
    `<rect width="${panel.width}" height="${panel.height}" fill="none" stroke="${faint[0]}"/>` +
    `<path d="${exits(points)}" fill="${orange[0]}"/>`
  );
}

/** The picture of a landscape. */
export function draw(rows: readonly Row[], landscape: LandscapeName): string {
  const view = views.find(({ name }) => name === landscape) as View;
  const order = [...rows].sort((a, b) => (a.on[landscape].steps ?? Infinity) - (b.on[landscape].steps ?? Infinity));
  const panels = order.map(({ method, on }, i) => {
    const left = margin + (i % columns) * (panel.width + gap);
    const top = headHeight + titleHeight + Math.floor(i / columns) * (panel.height + titleHeight + gap);
    return `<g transform="translate(${left},${top})">${drawPanel(method, on[landscape], view)}</g>`;
  });
  const { title, formula } = landscapes[landscape];
  const height = headHeight + Math.ceil(rows.length / columns) * (panel.height + titleHeight + gap) + margin;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="paths" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="${fontFamily}" font-size="13"><title>Paths of the rules on ${title}</title>` +
    "<style>.line,.dots{fill:none;stroke-linejoin:round;stroke-linecap:round}.line{stroke-width:1.6}.dots{stroke-width:4.8}</style>" +
    darkMode(".paths", [blue, faint, grey, hill, orange, red]) +
    `<defs><clipPath id="panel"><rect width="${panel.width}" height="${panel.height}"/></clipPath>` +
    `<g id="${landscape}">${drawContours(landscapes[landscape], view)}</g></defs>` +
    `<text x="${margin}" y="40" font-size="20" font-weight="600" fill="${ink[0]}">${title}: ${formula}</text>` +
    `<text x="${margin}" y="63" font-size="14" fill="${grey[0]}">steps needed, fewest first; ○ start, + minimum, dots are steps, ` +
    `<tspan fill="${orange[0]}">▸</tspan> the path leaves the frame</text>${panels.join("")}</svg>\n`
  );
}

export function writePictures(rows: readonly Row[]): void {
  for (const { name } of views) writeFileSync(new URL(`../../docs/paths-${name}.svg`, import.meta.url), draw(rows, name));
}
