// Draws the losses of three trainings as SVG:
//   npx tsx examples/plotting/main.js loss.svg
import { writeFileSync } from "node:fs";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom"; // gives Plot a document outside of a browser
import { adam, momentum, sgd } from "simdescent";

const start = { slope: 1, offset: 1 }; // two parameters of length 1, from 0
const optimizers = {
  sgd: sgd(start, { lr: 0.05 }),
  momentum: momentum(start, { lr: 0.05 }),
  adam: adam(start, { lr: 0.05 }),
};

/** @type {{ rule: string, step: number, loss: number }[]} */
const points = [];
for (const [rule, opt] of Object.entries(optimizers)) {
  const { params, grads } = opt;
  for (let step = 0; step < 200; step++) {
    const x = Math.sin(step);
    const error = params.slope[0] * x + params.offset[0] - (3 * x + 1);
    points.push({ rule, step, loss: error ** 2 / 2 });
    grads.slope[0] = error * x;
    grads.offset[0] = error;
    opt.step();
  }
}

const { document } = parseHTML("<html><body></body></html>");
const curve = Plot.windowY({ k: 20, reduce: "mean" }, { x: "step", y: "loss", stroke: "rule" });
const label = Plot.selectLast({ ...curve, stroke: null, fill: "rule", text: "rule", dx: 30 });
const plot = Plot.plot({
  document: /** @type {Document} */ (/** @type {unknown} */ (document)),
  marginLeft: 70,
  marginRight: 80,
  style: { background: "white" },
  y: { type: "log", label: "loss, mean of 20 steps", grid: true, ticks: 6, tickFormat: String },
  marks: [Plot.lineY(points, curve), Plot.text(points, label)],
});
const file = process.argv[2] ?? "loss.svg";
writeFileSync(file, plot.outerHTML.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" '));
console.log(`${points.length} losses in ${file}`);
