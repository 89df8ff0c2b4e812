// Writes docs/schedules.svg, a panel for each schedule: npx tsx examples/schedules/picture.ts
import { writeFileSync } from "node:fs";
import { blue, type Color, darkMode, faint, grey, ink } from "../../scripts/darkMode.js";
import { reduceOnPlateau } from "../../src/schedules/reduceOnPlateau.js";
import {
  constant,
  cosineDecay,
  cosineRestarts,
  cyclic,
  exponentialDecay,
  inverseSqrtDecay,
  inverseTimeDecay,
  linear,
  multiStepDecay,
  noam,
  oneCycle,
  polynomialDecay,
  product,
  sequence,
  stepDecay,
  warmup,
  warmupStableDecay,
} from "../../src/schedules/schedules.js";

const steps = 1000;

/** reduceOnPlateau for an example loss, which halves the value after 60 reports without improvement. */
function plateau(): (t: number) => number {
  const schedule = reduceOnPlateau(1, { patience: 60, factor: 0.5 });
  const values: number[] = [];
  for (let t = 0; t <= steps; t++) {
    values.push(schedule(t));
    schedule.report(Math.max(1 - t / 300, 0.5 - (t > 500 ? 0.2 : 0)));
  }
  return (t) => values[t];
}

const cycle = oneCycle(1, { steps });

const panels: readonly (readonly [title: string, note: string, value: (t: number) => number])[] = [
  ["constant", "", constant(0.5)],
  ["linear", "end 0.1", linear(1, { end: 0.1, steps: 800 })],
  ["polynomialDecay", "power 2", polynomialDecay(1, { steps: 800, power: 2 })],
  ["stepDecay", "every 200, factor 0.5", stepDecay(1, { every: 200, factor: 0.5 })],
  ["multiStepDecay", "at 300, 800; factor 0.3", multiStepDecay(1, { milestones: [300, 800], factor: 0.3 })],
  ["exponentialDecay", "factor 0.996", exponentialDecay(1, { factor: 0.996 })],
  ["inverseTimeDecay", "rate 0.01", inverseTimeDecay(1, { rate: 0.01 })],
  ["inverseSqrtDecay", "rate 0.01", inverseSqrtDecay(1, { rate: 0.01 })],
  ["noam", "warmup 100", noam(1, { warmup: 100 })],
  ["cosineDecay", "", cosineDecay(1, { steps: 800 })],
  ["cosineRestarts", "every 250", cosineRestarts(1, { steps: 250 })],
  ["cosineRestarts", "stretch 2, factor 0.7", cosineRestarts(1, { steps: 143, stretch: 2, factor: 0.7 })],
  ["cyclic", "triangular", cyclic(0.1, { peak: 1, up: 100 })],
  ["cyclic", "triangular2", cyclic(0.1, { peak: 1, up: 100, mode: "triangular2" })],
  ["cyclic", "expRange, factor 0.998", cyclic(0.1, { peak: 1, up: 100, mode: "expRange", factor: 0.998 })],
  ["oneCycle", "lr", cycle.lr],
  ["oneCycle", "momentum", cycle.momentum],
  ["oneCycle", "threePhase, linear", oneCycle(1, { steps, threePhase: true, anneal: "linear" }).lr],
  ["warmup", "into cosineDecay", warmup(cosineDecay(1, { steps: 900 }), { steps: 100 })],
  ["warmupStableDecay", "linear", warmupStableDecay(1, { warmup: 100, stable: 600, decay: 300 })],
  ["warmupStableDecay", "sqrt", warmupStableDecay(1, { warmup: 100, stable: 600, decay: 300, anneal: "sqrt" })],
  ["sequence", "0.4, cosineRestarts, 0.1", sequence([0.4, cosineRestarts(1, { steps: 200 }), 0.1], [200, 800])],
  ["product", "cyclic · linear", product(cyclic(0.5, { peak: 1, up: 60 }), linear(1, { end: 0, steps }))],
  ["reduceOnPlateau", "patience 60, factor 0.5", plateau()],
];

const columns = 6;
const panel = { width: 180, height: 96 };
const gap = { x: 36, y: 68 };
const margin = { x: 32, y: 44 };
/** The inside of a panel. */
const inside: Color = ["#f6f8fa", "#1d2126"];
const rows = Math.ceil(panels.length / columns);
const width = 2 * margin.x + columns * panel.width + (columns - 1) * gap.x;
const height = 2 * margin.y + rows * panel.height + (rows - 1) * gap.y;
const inset = 6;

const rounded = (n: number) => Number(n.toFixed(1));

/** Maximum distance of a schedule from its drawn line, in pixels. */
const tolerance = 0.15;

/** The SVG path of a schedule: x is the step, y the value from 0 to 1. Skips points that the line through the others meets nearly. */
function path(value: (t: number) => number): string {
  const y = (t: number) => inset + (1 - value(t)) * (panel.height - 2 * inset);
  /** Whether the straight line between two points meets all points between them. */
  const isStraight = (from: number, to: number) => {
    for (let t = from + 1; t < to; t++) {
      const share = (t - from) / (to - from);
      if (Math.abs(y(from) + share * (y(to) - y(from)) - y(t)) > tolerance) return false;
    }
    return true;
  };
  const points = [0];
  for (let t = 1; t < steps; t++) if (t === steps - 1 || !isStraight(points.at(-1) as number, t + 1)) points.push(t);
  return points.map((t, i) => `${i === 0 ? "M" : "L"}${rounded((t / steps) * panel.width)},${rounded(y(t))}`).join("");
}

/** The scales of a panel: values from 0 to 1, steps from 0 to 1,000. */
const values = [0, 0.5, 1].map((value) => {
  const y = rounded(inset + (1 - value) * (panel.height - 2 * inset));
  return (
    `<path d="M0,${y}h${panel.width}" stroke="${faint[0]}"/>` +
    `<text x="-5" y="${y}" dy="0.35em" text-anchor="end" font-size="10" fill="${grey[0]}">${value}</text>`
  );
});
const ends = [0, steps / 2, steps].map((step) => {
  const anchor = step === 0 ? "start" : step === steps ? "end" : "middle";
  const x = (step / steps) * panel.width;
  return `<text x="${x}" y="${panel.height + 13}" text-anchor="${anchor}" font-size="10" fill="${grey[0]}">${step.toLocaleString("en")}</text>`;
});
const scales = values.join("") + ends.join("");

const drawn = panels.map(([title, note, value], i) => {
  const x = margin.x + (i % columns) * (panel.width + gap.x);
  const y = margin.y + Math.floor(i / columns) * (panel.height + gap.y);
  return (
    `<g transform="translate(${x},${y})"><rect width="${panel.width}" height="${panel.height}" fill="${inside[0]}" stroke="${faint[0]}"/>${scales}` +
    `<text y="-8" font-weight="600" fill="${ink[0]}">${title}</text>` +
    `<text y="${panel.height + 28}" font-size="11" fill="${grey[0]}">${note}</text>` +
    `<path d="${path(value)}" fill="none" stroke="${blue[0]}" stroke-width="1.6" stroke-linejoin="round"/></g>`
  );
});

writeFileSync(
  new URL("../../docs/schedules.svg", import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg" class="schedules" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="Inter, 'Helvetica Neue', Arial, sans-serif" font-size="13"><title>Schedules over 1,000 steps</title>` +
    `${darkMode(".schedules", [blue, faint, grey, inside])}${drawn.join("")}</svg>\n`,
);
