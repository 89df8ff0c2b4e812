// Charts of a run, as SVG.
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { type Cell, names } from "./cells.js";
import { fitLine } from "./growth.js";
import type { Results } from "./results.js";

const fontFamily = "Inter, 'Helvetica Neue', Arial, sans-serif";

// The palette of Okabe & Ito for color-blind readers, without its yellow, which is faint on white. A library has one color; its ways differ
// by their dashes.
const kinds: readonly [begin: string, color: string][] = [
  [names.ours, "#0072b2"],
  [names.scalar, "#009e73"],
  [names.plain, "#d55e00"],
  ["TensorFlow.js", "#e69f00"],
  ["jax-js", "#56b4e9"],
  ["PyTorch", "#cc79a7"],
  ["C", "#000000"],
];
const dashes = ["none", "7 3", "2 3"];

const colorOf = (way: string) => kinds.find(([begin]) => way.startsWith(begin))?.[1] ?? "#999999";

/** The dash of a way among the ways of its color. */
function dashOf(way: string, ways: readonly string[]): string {
  const kin = ways.filter((other) => colorOf(other) === colorOf(way));
  return dashes[kin.indexOf(way) % dashes.length];
}

function draw(options: Plot.PlotOptions): string {
  const { document } = parseHTML("<html><body></body></html>");
  const plot = Plot.plot({
    document: document as unknown as Document,
    style: { fontFamily, fontSize: "13px", background: "white" },
    ...options,
  });
  const svg = plot.tagName.toLowerCase() === "svg" ? plot : (plot.querySelector("svg") as Element);
  return svg.outerHTML.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ').replace(/\d+\.\d{3,}/g, (digits) => {
    return String(Number(Number(digits).toFixed(2)));
  });
}

interface Point {
  readonly way: string;
  readonly n: number;
  readonly value: number;
}

/** Moves labels at the right edge apart, so that they do not overlap. */
function spaced(ends: readonly Point[], pixelsPerDecade: number): (Point & { readonly y: number })[] {
  const gap = 17 / pixelsPerDecade;
  const sorted = [...ends].sort((a, b) => a.value - b.value);
  let floor = Number.NEGATIVE_INFINITY;
  return sorted.map((end) => {
    floor = Math.max(Math.log10(end.value), floor + gap);
    return { ...end, y: 10 ** floor };
  });
}

/** Lines over the number of parameters, on two logarithmic axes, labeled at their ends. */
function lines(title: string, label: string, points: readonly Point[], more: Plot.Markish[] = []): string {
  const ways = [...new Set(points.map(({ way }) => way))];
  const values = points.map(({ value }) => value);
  const decades = Math.log10(Math.max(...values) / Math.min(...values));
  const height = 560;
  const last = ways.map((way) => points.filter((point) => point.way === way).at(-1) as Point);
  const right = Math.max(...points.map(({ n }) => n));
  const ends = spaced(last, (height - 110) / Math.max(decades, 0.1));
  const places = [...new Set(points.map(({ n }) => n))];
  return draw({
    width: 960,
    height,
    marginLeft: 70,
    marginRight: 290,
    marginTop: 60,
    marginBottom: 50,
    x: { type: "log", label: "parameters", ticks: places, tickFormat: (n: number) => Intl.NumberFormat("en-US").format(n) },
    y: { type: "log", label: null, grid: true, tickFormat: (x: number) => `${Number(x.toPrecision(1))}` },
    marks: [
      Plot.text([title], { frameAnchor: "top-left", dx: -50, dy: -50, fontSize: 18, fontWeight: 600 }),
      Plot.text([label], { frameAnchor: "top-left", dx: -50, dy: -24 }),
      ...ways.flatMap((way) => {
        const own = points.filter((point) => point.way === way);
        const stroke = colorOf(way);
        const strokeWidth = way === names.ours ? 3.5 : 1.5;
        return [
          Plot.line(own, { x: "n", y: "value", stroke, strokeWidth, strokeDasharray: dashOf(way, ways) }),
          Plot.dot(own, { x: "n", y: "value", fill: stroke, r: 3 }),
        ];
      }),
      ...more,
      ...ends.map((end) =>
        Plot.text([end], {
          x: right,
          y: "y",
          text: "way",
          fill: colorOf(end.way),
          textAnchor: "start",
          dx: 12,
        } as Plot.TextOptions),
      ),
    ],
  });
}

/** Whether charts show a way: of other libraries, one thread only, because more lines would be unreadable. */
const shown = (way: string) => way.startsWith(names.ours) || !way.endsWith("threads");

const pointsOf = (cells: readonly Cell[], value: (ms: number, n: number) => number): Point[] =>
  [...new Set(cells.flatMap(({ ways }) => Object.keys(ways)))]
    .filter(shown)
    .flatMap((way) =>
      cells.flatMap(({ parameters: n, ways }) => (ways[way] ? [{ way, n, value: value(ways[way].median, n) }] : [])),
    );

/** Nanoseconds per parameter of one rule, a line for each way. */
const perParameter = (rule: string, cells: readonly Cell[]) =>
  lines(
    `${rule}: time per parameter`,
    "ns per parameter",
    pointsOf(cells, (ms, n) => (ms * 1e6) / n),
  );

/** The time of a step, and the line fitted to ours. */
function growth(rule: string, cells: readonly Cell[]): string {
  const own = cells.map(({ parameters: n, ways }) => ({ n, time: ways[names.ours].median }));
  const { fixed, each } = fitLine(own);
  const fitted = Array.from({ length: 60 }, (_, i) => {
    const n = own[0].n * (own[own.length - 1].n / own[0].n) ** (i / 59);
    return { n, value: (fixed + each * n) * 1e3 };
  });
  const words = `${(fixed * 1e6).toFixed(0)} ns + ${(each * 1e6).toFixed(3)} ns · n`;
  return lines(
    `${rule}: a step takes ${words} (dashed)`,
    "µs of a step",
    pointsOf(cells, (ms) => ms * 1e3),
    [Plot.line(fitted, { x: "n", y: "value", stroke: "black", strokeDasharray: "4 4", strokeWidth: 1.5 })],
  );
}

/** Every rule at one size: ours, scalar build, plain loop. */
function everyRule(cells: readonly Cell[], n: number): string {
  const ways = [names.ours, names.scalar, names.plain];
  const rows = cells
    .filter(({ parameters }) => parameters === n)
    .flatMap(({ rule, ways: measured }) =>
      ways.flatMap((way) => (measured[way] ? [{ rule, way, value: (measured[way].median * 1e6) / n }] : [])),
    );
  const order = rows.filter(({ way }) => way === names.ours).sort((a, b) => a.value - b.value);
  return draw({
    width: 960,
    height: 110 + 20 * order.length,
    marginLeft: 150,
    marginTop: 80,
    marginRight: 30,
    x: { type: "log", label: "ns per parameter", grid: true, axis: "bottom" },
    y: { domain: order.map(({ rule }) => rule), label: null },
    marks: [
      Plot.text([`Every rule at ${n.toLocaleString("en-US")} parameters, one thread`], {
        frameAnchor: "top-left",
        dy: -70,
        dx: -140,
        fontSize: 18,
        fontWeight: 600,
      }),
      ...ways.map((way, i) =>
        Plot.text([`● ${way}`], { frameAnchor: "top-left", fill: colorOf(way), dy: -36, dx: -140 + 150 * i }),
      ),
      Plot.ruleY(order, { y: "rule", stroke: "#dddddd" }),
      Plot.dot(rows, { x: "value", y: "rule", fill: (row: { way: string }) => colorOf(row.way), r: 4.5 }),
    ],
  });
}

export interface Chart {
  readonly file: string;
  readonly title: string;
  readonly svg: string;
}

/** The charts for which the results suffice. */
export function charts({ cells }: Results): Chart[] {
  const rules = [...new Set(cells.map(({ rule }) => rule))];
  const rule = rules.includes("adam") ? "adam" : rules[0];
  const own = cells.filter((cell) => cell.rule === rule);
  const made: Chart[] = [];
  if (own.length > 2) {
    made.push({ file: "parameter.svg", title: `${rule}: time per parameter`, svg: perParameter(rule, own) });
    made.push({ file: "growth.svg", title: `${rule}: time of a step`, svg: growth(rule, own) });
  }
  if (rules.length > 2) {
    const n = cells.some(({ parameters }) => parameters === 16_384) ? 16_384 : cells[0].parameters;
    made.push({ file: "rules.svg", title: "Every rule", svg: everyRule(cells, n) });
  }
  return made;
}
