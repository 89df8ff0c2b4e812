// Draws loss curves with Observable Plot, as SVG and PNG.
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as Plot from "@observablehq/plot";
import { Resvg } from "@resvg/resvg-js";
import { parseHTML } from "linkedom";

/** The losses of one training, in order. */
export interface Curve {
  readonly label: string;
  readonly losses: readonly number[];
  /** Distance between losses on the x axis, and of the first loss from 0. */
  readonly stride: number;
}

export interface Panel {
  readonly title: string;
  readonly subtitle: string;
  readonly x: string;
  readonly curves: readonly Curve[];
}

const width = 960;
const headHeight = 84;
const plotHeight = 400;
const margin = { top: 8, right: 200, bottom: 54, left: 84 };
const spacing = 10 ** (1 / 60); // 60 points per decade
const smoothing = 0.15;
const labelHeight = 20;

// The palette of Okabe & Ito for color-blind readers, without its yellow, which is faint on white.
const colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000"];
const dashes = ["none", "6 4", "2 3"];
const ticks = [1, 2, 5].flatMap((digit) =>
  [-4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6].map((exponent) => Number(`${digit}e${exponent}`)),
);

// The PNG uses fonts from a package, because a machine may have none.
const fontFamily = "Inter, sans-serif";
const fonts = ["400Regular/Inter_400Regular", "600SemiBold/Inter_600SemiBold"];

/**
 * The smoothed curve: points at equal distances on a logarithmic axis. Each is the mean of the losses within ±15 % of its x, so that the
 * noise of single batches does not hide the curve.
 */
function smooth({ losses, stride }: Curve, begin: number): { x: number; loss: number }[] {
  const points: { x: number; loss: number }[] = [];
  for (let position = Math.max(1, begin / stride); position < losses.length * spacing; position *= spacing) {
    const n = Math.min(Math.round(position), losses.length);
    const reach = Math.floor(n * smoothing);
    const around = losses.slice(n - 1 - reach, n + reach);
    points.push({ x: n * stride, loss: around.reduce((sum, loss) => sum + loss) / around.length });
  }
  return points;
}

/**
 * Moves overlapping labels apart. Pushing labels down from the top gives them enough distance; so does pushing them up from the bottom. The
 * mean of both does, too, and moves labels least.
 */
function spread(wanted: readonly number[], bottom: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b]);
  const down = [...wanted];
  const up = [...wanted];
  for (let i = 1; i < order.length; i++) down[order[i]] = Math.max(down[order[i]], down[order[i - 1]] + labelHeight);
  for (let i = order.length - 2; i >= 0; i--) up[order[i]] = Math.min(up[order[i]], up[order[i + 1]] - labelHeight);
  const at = wanted.map((_, i) => (down[i] + up[i]) / 2);
  const excess = Math.max(0, Math.max(...at) - bottom);
  return at.map((y) => y - excess);
}

function drawPanel({ x, curves }: Panel): string {
  const end = Math.max(...curves.map(({ losses, stride }) => losses.length * stride));
  const begin = Math.max(end / 1000, Math.min(...curves.map(({ stride }) => stride)));
  const lines = curves.map((curve, i) => ({
    label: curve.label,
    stroke: colors[i % colors.length],
    dash: dashes[Math.floor(i / colors.length) % dashes.length],
    points: smooth(curve, begin),
  }));
  const losses = lines.flatMap(({ points }) => points.map(({ loss }) => loss));
  const low = Math.min(...losses) / 1.3;
  const high = Math.max(...losses) * 1.1;

  // Labels are at the right, each next to the end of its curve.
  const top = margin.top;
  const bottom = plotHeight - margin.bottom;
  const pixel = (loss: number) => bottom - ((bottom - top) * Math.log(loss / low)) / Math.log(high / low);
  const lasts = lines.map(({ points }) => points[points.length - 1]);
  const labelPixels = spread(
    lasts.map(({ loss }) => pixel(loss)),
    bottom - labelHeight / 2,
  );

  const { document } = parseHTML("<html><body></body></html>");
  const plot = Plot.plot({
    document: document as unknown as Document,
    width,
    height: plotHeight,
    marginTop: margin.top,
    marginRight: margin.right,
    marginBottom: margin.bottom,
    marginLeft: margin.left,
    style: { fontFamily, fontSize: "14px", color: "#333333" },
    x: { type: "log", domain: [begin, end], label: null },
    y: { type: "log", domain: [low, high], label: null },
    marks: [
      Plot.gridY(
        ticks.filter((tick) => tick >= low && tick <= high),
        { stroke: "#e3e3e3", strokeOpacity: 1 },
      ),
      Plot.axisY(
        ticks.filter((tick) => tick >= low && tick <= high),
        { tickSize: 0, text: (tick: number) => String(tick) },
      ),
      Plot.axisX(
        ticks.filter((tick) => tick >= begin && tick <= end),
        { text: (tick: number) => tick.toLocaleString("en") },
      ),
      Plot.ruleY([low], { stroke: "#888888" }),
      ...lines.map(({ points, stroke, dash }) =>
        Plot.lineY(points, { x: "x", y: "loss", stroke, strokeWidth: 2, strokeDasharray: dash }),
      ),
    ],
  });
  const right = width - margin.right;
  const labels = lines.map(({ label, stroke, dash }, i) => {
    const from = right - ((right - margin.left) * Math.log(end / lasts[i].x)) / Math.log(end / begin);
    const y = labelPixels[i];
    return (
      `<path d="M${from + 2},${pixel(lasts[i].loss)}L${right + 16},${y}" stroke="${stroke}" stroke-opacity="0.5" fill="none"/>` +
      `<path d="M${right + 16},${y}h18" stroke="${stroke}" stroke-width="3" stroke-dasharray="${dash}"/>` +
      `<text x="${right + 40}" y="${y}" dy="0.35em" fill="#222222">${label}</text>`
    );
  });
  const middle = (margin.left + right) / 2;
  return (
    plot.outerHTML +
    labels.join("") +
    `<text x="${middle}" y="${plotHeight - 12}" text-anchor="middle" fill="#333333">${x}</text>` +
    `<text transform="translate(24,${(top + bottom) / 2}) rotate(-90)" text-anchor="middle" fill="#333333">` +
    "loss (cross-entropy, smoothed, logarithmic)</text>"
  );
}

function draw(panels: readonly Panel[]): string {
  const panelHeight = headHeight + plotHeight;
  const height = panels.length * panelHeight + 12;
  const drawn = panels.map(
    (panel, i) =>
      `<g transform="translate(0,${i * panelHeight})">` +
      `<text x="24" y="40" font-size="20" font-weight="600" fill="#111111">${panel.title}</text>` +
      `<text x="24" y="63" fill="#555555">${panel.subtitle}</text>` +
      `<g transform="translate(0,${headHeight})">${drawPanel(panel)}</g></g>`,
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="${fontFamily}" font-size="14"><rect width="100%" height="100%" fill="#ffffff"/>${drawn.join("")}</svg>`
  );
}

/** Writes the panels, one below the other, to `folder/name.svg` and `folder/name.png`. Returns both paths. */
export function writeChart(folder: string, name: string, panels: readonly Panel[]): string[] {
  const svg = draw(panels);
  const { resolve } = createRequire(import.meta.url);
  const png = new Resvg(svg, {
    fitTo: { mode: "zoom", value: 2 },
    font: {
      loadSystemFonts: false,
      fontFiles: fonts.map((font) => resolve(`@expo-google-fonts/inter/${font}.ttf`)),
      defaultFontFamily: "Inter",
    },
  })
    .render()
    .asPng();
  mkdirSync(folder, { recursive: true });
  const paths = [join(folder, `${name}.svg`), join(folder, `${name}.png`)];
  writeFileSync(paths[0], svg);
  writeFileSync(paths[1], png);
  return paths;
}
