// Charts of a run, as SVG. Imports no module of Node, because the browser page draws them, too.
import * as Plot from "@observablehq/plot";
import { blue, type Color, darkMode, faint, orange } from "../scripts/darkMode.js";
import { type Cell, names } from "./cells.js";
import { fitLine } from "./growth.js";
import { middle } from "./interleaved.js";
import type { Results } from "./results.js";

const fontFamily = "Inter, 'Helvetica Neue', Arial, sans-serif";

const other: Color = ["#777777", "#9a9a9a"];

/** Every way has its color. The ways of a library have similar colors, and differ by their dashes, too. */
const styles: Readonly<Record<string, { readonly color: Color; readonly dash?: string }>> = {
  [names.ours]: { color: blue },
  [names.allow]: { color: ["#00949e", "#3fd0d4"], dash: "2 3" },
  [names.scalar]: { color: ["#00805c", "#2ecc9b"] },
  [names.fast]: { color: ["#9c2f00", "#ffbe8f"], dash: "7 3" },
  [names.plain]: { color: orange },
  "TensorFlow.js cpu": { color: ["#b37a00", "#f0b429"] },
  "TensorFlow.js wasm": { color: ["#7d6608", "#dcd454"], dash: "7 3" },
  "jax-js": { color: ["#5f8a1a", "#a5cc52"] },
  "PyTorch for-loop": { color: ["#c2578f", "#ffa8d4"] },
  "PyTorch foreach": { color: ["#e0246a", "#ff5c93"], dash: "7 3" },
  "PyTorch fused": { color: ["#84306e", "#d382dc"], dash: "2 3" },
  C: { color: ["#6b6b6b", "#b4b9be"] },
};
const severalThreads = { color: ["#5b4fc4", "#a79bff"] as Color, dash: "7 3" };

const styleOf = (way: string) => styles[way] ?? (way.startsWith(`${names.ours}, `) ? severalThreads : { color: other });

const colorOf = (way: string) => styleOf(way).color[0];

const style = darkMode(".chart", [faint, other, severalThreads.color, ...Object.values(styles).map(({ color }) => color)]);

function draw(document: Document, options: Plot.PlotOptions): string {
  const plot = Plot.plot({ document, className: "chart", style: { fontFamily, fontSize: "13px" }, ...options });
  return plot.outerHTML
    .replace(/<svg (?!.*?xmlns=)/, '<svg xmlns="http://www.w3.org/2000/svg" ')
    .replace("</style>", `</style>${style}`)
    .replace(/\d+\.\d{4,}/g, (digits) => String(Number(Number(digits).toFixed(2))));
}

/** A number of a tick: exact, with commas between thousands. */
const exact = (x: number) => x.toLocaleString("en-US");

/** A measured number: three digits, with commas between thousands. */
export const rounded = (x: number) => x.toLocaleString("en-US", { maximumSignificantDigits: 3 });

/** Ticks of a logarithmic axis: the digits times the powers of ten. */
function ticks(low: number, high: number, digits: readonly number[]): number[] {
  const powers = Array.from({ length: 24 }, (_, i) => i - 12);
  const all = powers.flatMap((power) => digits.map((digit) => Number(`${digit}e${power}`)));
  return all.filter((tick) => tick >= low && tick <= high);
}

interface Point {
  readonly n: number;
  readonly value: number;
}

interface Line {
  readonly name: string;
  readonly points: readonly Point[];
  readonly stroke: string;
  readonly dash?: string;
  readonly width?: number;
  /** Whether the points are computed, not measured: they have no dots and no ticks. */
  readonly computed?: boolean;
}

const labelHeight = 17;

/** Moves overlapping labels apart: as long as two overlap, each moves half of the way. None goes below the bottom. */
function apart(wanted: readonly number[], bottom: number): number[] {
  const at = [...wanted];
  const order = at.map((_, i) => i).sort((a, b) => at[a] - at[b]);
  for (let round = 0; round < 500; round++) {
    for (const [place, i] of order.entries()) {
      const next = order[place + 1];
      const overlap = next === undefined ? 2 * (at[i] - bottom) : at[i] + labelHeight - at[next];
      if (overlap <= 0) continue;
      at[i] -= overlap / 2;
      if (next !== undefined) at[next] += overlap / 2;
    }
  }
  return at;
}

/** Lines over the number of parameters, on two logarithmic axes. A thin line leads from the end of each to its label. */
function drawLines(document: Document, title: string, subtitle: string, unit: string, lines: readonly Line[]): string {
  const [width, height] = [960, 580];
  const margin = { top: 64, right: 300, bottom: 54, left: 110 };
  const points = lines.flatMap((line) => line.points);
  const values = points.map(({ value }) => value);
  const [low, high] = [Math.min(...values) / 1.15, Math.max(...values) * 1.15];
  const measured = lines.filter(({ computed }) => !computed).flatMap(({ points }) => points);
  const places = [...new Set(measured.map(({ n }) => n))];
  const [first, last] = [Math.min(...places), Math.max(...places)];

  const [top, bottom] = [margin.top, height - margin.bottom];
  const perDecade = (bottom - top) / Math.log10(high / low);
  const ends = lines.map((line) => line.points.at(-1) as Point);
  const pixels = ends.map(({ value }) => bottom - perDecade * Math.log10(value / low));
  const labels = apart(pixels, bottom).map((y) => low * 10 ** ((bottom - y) / perDecade));
  const beyond = last * (last / first) ** (28 / (width - margin.left - margin.right));
  const decades = ticks(low, high, [1]);
  return draw(document, {
    width,
    height,
    marginLeft: margin.left,
    marginRight: margin.right,
    marginTop: margin.top,
    marginBottom: margin.bottom,
    x: { type: "log", domain: [first, last], axis: null },
    y: { type: "log", domain: [low, high], axis: null },
    marks: [
      Plot.text([title], { frameAnchor: "top-left", dx: 20 - margin.left, dy: -50, fontSize: 18, fontWeight: 600 }),
      Plot.text([subtitle], { frameAnchor: "top-left", dx: 20 - margin.left, dy: -24 }),
      Plot.gridY(ticks(low, high, [1, 2, 5])),
      Plot.axisY(decades.length > 2 ? decades : ticks(low, high, [1, 2, 5]), {
        text: (x: number) => `${exact(x)} ${unit}`,
        label: null,
      }),
      Plot.axisX(places, { text: exact, label: null }),
      Plot.text(["parameters"], { frameAnchor: "bottom", dy: 44 }),
      ...lines.flatMap(({ name, points, stroke, dash, width = 1.5, computed }, i) => [
        Plot.line(points, { x: "n", y: "value", stroke, strokeWidth: width, strokeDasharray: dash }),
        ...(computed ? [] : [Plot.dot(points, { x: "n", y: "value", fill: stroke, r: 3 })]),
        Plot.link([ends[i]], { x1: "n", y1: "value", x2: beyond, y2: labels[i], stroke, strokeWidth: 0.75 }),
        Plot.text([name], { x: [beyond], y: [labels[i]], fill: stroke, textAnchor: "start", dx: 4 }),
      ]),
    ],
  });
}

/** Whether charts show a way. More lines would be unreadable: of ours the most threads, of other libraries one thread. */
function shown(way: string, ways: readonly string[]): boolean {
  const threads = (name: string) => Number(name.match(/, (\d+) threads$/)?.[1] ?? 1);
  if (threads(way) === 1) return true;
  return way.startsWith(names.ours) && ways.every((other) => threads(way) >= threads(other));
}

function linesOf(cells: readonly Cell[], value: (ms: number, n: number) => number): Line[] {
  const ways = [...new Set(cells.flatMap(({ ways }) => Object.keys(ways)))];
  return ways
    .filter((way) => shown(way, ways))
    .map((way) => ({
      name: way,
      points: cells.flatMap(({ parameters: n, ways }) => (ways[way] ? [{ n, value: value(ways[way].median, n) }] : [])),
      stroke: colorOf(way),
      dash: styleOf(way).dash,
      width: way === names.ours ? 3.5 : 1.5,
    }));
}

/** Nanoseconds per parameter of one rule, a line for each way. */
const perParameter = (document: Document, rule: string, cells: readonly Cell[]) =>
  drawLines(
    document,
    `${rule}: time per parameter`,
    "nanoseconds (ns) per parameter, one step",
    "ns",
    linesOf(cells, (ms, n) => (ms * 1e6) / n),
  );

/** The time of a step, and the line fitted to ours. */
function growth(document: Document, rule: string, cells: readonly Cell[]): string {
  const own = cells.map(({ parameters: n, ways }) => ({ n, time: ways[names.ours].median }));
  const { fixed, each } = fitLine(own);
  const points = Array.from({ length: 60 }, (_, i) => {
    const n = own[0].n * (own[own.length - 1].n / own[0].n) ** (i / 59);
    return { n, value: (fixed + each * n) * 1e3 };
  });
  const words = `fitted: ${rounded(fixed * 1e6)} ns + ${rounded(each * 1e6)} ns · parameters`;
  return drawLines(document, `${rule}: time of a step`, "microseconds (µs)", "µs", [
    ...linesOf(cells, (ms) => ms * 1e3),
    { name: words, points, stroke: "currentColor", dash: "4 4", computed: true },
  ]);
}

interface Timed {
  readonly rule: string;
  readonly way: string;
  readonly value: number;
}

/**
 * Every rule at one size: ours, scalar build, plain loops. The axis ends where few points are left, so that the others are far enough apart;
 * the points beyond are numbers.
 */
function everyRule(document: Document, cells: readonly Cell[], n: number): string {
  const compared = [names.ours, names.scalar, names.fast, names.plain];
  const all: Timed[] = cells
    .filter(({ parameters }) => parameters === n)
    .flatMap(({ rule, ways: measured }) =>
      compared.flatMap((way) => (measured[way] ? [{ rule, way, value: (measured[way].median * 1e6) / n }] : [])),
    );
  const waysIn = (times: readonly Timed[]) => compared.filter((way) => times.some((time) => time.way === way));
  const order = all.filter(({ way }) => way === names.ours).sort((a, b) => a.value - b.value);
  const end = 50 * middle(order.map(({ value }) => value)).median;
  const points = all.filter(({ value }) => value <= end);
  const beyond = all.filter(({ value }) => value > end);
  const [low, high] = [Math.min(...points.map(({ value }) => value)) / 1.1, Math.max(...points.map(({ value }) => value)) * 1.1];
  const [left, column] = [150, 85];
  const right = 30 + column * waysIn(beyond).length;
  const corner = { frameAnchor: "top-left", textAnchor: "start" } as const;
  let at = 20 - left;
  const legend = waysIn(all).map((way) => {
    const mark = Plot.text([`● ${way}`], { ...corner, fill: colorOf(way), dx: at, dy: -32 });
    at += 40 + 7 * way.length;
    return mark;
  });
  return draw(document, {
    width: 960,
    height: 130 + 20 * order.length,
    marginLeft: left,
    marginTop: 80,
    marginRight: right,
    marginBottom: 50,
    x: { type: "log", domain: [low, high], axis: null },
    y: { domain: order.map(({ rule }) => rule), axis: null },
    marks: [
      Plot.text([`${order.length > 1 ? "Every rule" : order[0].rule} at ${exact(n)} parameters, one thread`], {
        ...corner,
        dx: 20 - left,
        dy: -66,
        fontSize: 18,
        fontWeight: 600,
      }),
      ...legend,
      Plot.gridX(ticks(low, high, [1, 2, 5])),
      Plot.axisX(ticks(low, high, [1, 2, 5]), { text: (x: number) => `${exact(x)} ns`, label: null }),
      Plot.text(["nanoseconds (ns) per parameter, one step"], { frameAnchor: "bottom", dy: 44 }),
      Plot.axisY({ label: null, tickSize: 0 }),
      Plot.ruleY(order, { y: "rule", stroke: faint[0] }),
      Plot.dot(points, { x: "value", y: "rule", fill: ({ way }: Timed) => colorOf(way), r: 4.5 }),
      ...(beyond.length > 0
        ? [Plot.text(["beyond the axis"], { frameAnchor: "top-right", textAnchor: "end", dx: right - 30, dy: -12 })]
        : []),
      ...waysIn(beyond).map((way, i) =>
        Plot.text(
          beyond.filter((time) => time.way === way),
          {
            y: "rule",
            text: ({ value }: Timed) => `${rounded(value)} ns`,
            fill: colorOf(way),
            frameAnchor: "right",
            textAnchor: "end",
            dx: column * (i + 1),
          },
        ),
      ),
    ],
  });
}

export interface Chart {
  readonly file: string;
  readonly title: string;
  readonly svg: string;
}

/** The charts for which the cells suffice: of one rule at several sizes, else of the rules at one size. */
export function charts({ cells }: Pick<Results, "cells">, document: Document): Chart[] {
  if (cells.length === 0) return [];
  const rules = [...new Set(cells.map(({ rule }) => rule))];
  const rule = rules.includes("adam") ? "adam" : rules[0];
  const own = cells.filter((cell) => cell.rule === rule);
  const made: Chart[] = [];
  if (own.length > 2) {
    made.push({ file: "parameter.svg", title: `${rule}: time per parameter`, svg: perParameter(document, rule, own) });
    made.push({ file: "growth.svg", title: `${rule}: time of a step`, svg: growth(document, rule, own) });
  }
  if (rules.length > 2 || made.length === 0) {
    const n = cells.some(({ parameters }) => parameters === 16_384) ? 16_384 : cells[0].parameters;
    made.push({ file: "rules.svg", title: "Every rule", svg: everyRule(document, cells, n) });
  }
  return made;
}
