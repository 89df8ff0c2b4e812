// docs/flatness.svg: the worst rise of the loss after each training, with a row for each method.
import { writeFileSync } from "node:fs";
import { blue, darkMode, faint, grey, ink, orange } from "../../scripts/darkMode.js";
import { median, type Results } from "./document.js";
import { methodNames, methods } from "./methods.js";
import { type TaskName, taskNames, tasks } from "./tasks.js";
import { far } from "./training.js";

const width = 800;
const left = 200;
const right = width - 24;
const headHeight = 44;
const rowHeight = 30;
const plotHeight = rowHeight * methodNames.length;
const panelHeight = headHeight + plotHeight + 40;

const ticks = [-4, -3, -2, -1, 0, 1].flatMap((exponent) => [1, 2, 3, 5].map((digit) => Number(`${digit}e${exponent}`)));
const places = (n: number) => Number(n.toFixed(1));

function drawPanel(results: Results, task: TaskName): string {
  const rows = methodNames.map((method) => results(task, method).map(({ worst }) => worst));
  const low = Math.min(...rows.flat()) / 1.15;
  const high = Math.max(...rows.flat()) * 1.15;
  const x = (worst: number) => places(left + ((right - left) * Math.log(worst / low)) / Math.log(high / low));
  const grid = ticks
    .filter((tick) => tick >= low && tick <= high)
    .map(
      (tick) =>
        `<path d="M${x(tick)},0v${plotHeight}" stroke="${faint[0]}"/>` +
        `<text x="${x(tick)}" y="${plotHeight + 18}" text-anchor="middle" fill="${grey[0]}">${tick}</text>`,
    );
  const drawn = rows.map((values, i) => {
    const y = (i + 0.5) * rowHeight;
    const dots = values.map((worst) => `<circle cx="${x(worst)}" cy="${y}" r="4" fill="${blue[0]}" fill-opacity="0.45"/>`);
    return (
      `<text x="${left - 12}" y="${y}" dy="0.35em" text-anchor="end" fill="${ink[0]}">${methods[methodNames[i]].label}</text>` +
      `${dots.join("")}<path d="M${x(median(values))},${y - 10}v20" stroke="${orange[0]}" stroke-width="2.5"/>`
    );
  });
  return grid.join("") + drawn.join("");
}

function draw(results: Results): string {
  const height = taskNames.length * panelHeight;
  const panels = taskNames.map(
    (task, i) =>
      `<g transform="translate(0,${i * panelHeight})">` +
      `<text x="24" y="28"><tspan font-size="17" font-weight="600" fill="${ink[0]}">${tasks[task].title}</tspan>` +
      `<tspan dx="12" fill="${grey[0]}">worst rise of the training loss within ${far}, logarithmic; ` +
      `a dot for each seed, a line at the median</tspan></text>` +
      `<g transform="translate(0,${headHeight})">${drawPanel(results, task)}</g></g>`,
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="flatness" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="Inter, 'Helvetica Neue', Arial, sans-serif" font-size="13"><title>Sharpness after each training</title>` +
    `${darkMode(".flatness", [blue, faint, grey, orange])}${panels.join("")}</svg>\n`
  );
}

export const writePicture = (results: Results) =>
  writeFileSync(new URL("../../docs/flatness.svg", import.meta.url), draw(results));
