// A step of Adam on jax-js's arrays, in microseconds: jax-js's Adam in jit, update() with applyUpdates(), and step(). The last column
// is step() after `state.optimizer` was read, which makes it read the parameters too. In turns; × is the time relative to jit.
//   npm run bench:jax
//   npm run bench:jax -- 1e5

import { applyUpdates, optax } from "../src/adapters/optax.js";
import { adam } from "../src/index.js";
import { interleaved, type Measured, type Task } from "./interleaved.js";
import { inputs } from "./rivals/inputs.js";
import { jaxWasm } from "./rivals/jax.js";

const found = await jaxWasm.available();
if ("missing" in found) throw new Error(found.missing);
const { numpy: np } = await import("@jax-js/jax");

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1e3, 1e4, 1e5, 1e6];
const cell = ({ median, ratio }: Measured) => `${(1e3 * median).toPrecision(3)} | ${ratio.toFixed(2)}×`;

console.log(`Node ${process.version}, ${process.arch}; jax-js ${found.version}.\n`);
console.log(
  "| parameters | jit | | update | | step | | step, optimizer read | |\n|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
);
for (const size of sizes) {
  const workload = { rule: "adam", shapes: { x: [size] }, threads: 1 };
  const jit = await jaxWasm.prepare(workload);
  const { start, gradient } = inputs(workload);
  const slope = np.array(new Float32Array(gradient));
  const solver = optax(np, adam);

  const ours = (name: string, kind: "update" | "step", reads = false): Task => {
    let params = np.array(new Float32Array(start));
    let state = solver.init(params.ref);
    if (reads) state.optimizer;
    return {
      name,
      run(steps) {
        for (let i = 0; i < steps; i++) {
          const [moved, next] = solver[kind](slope.ref, state, kind === "update" ? params.ref : params);
          params = kind === "update" ? applyUpdates(params, moved) : moved;
          state = next;
        }
        // jax-js is lazy: it adds the last updates here.
        params.ref.dataSync();
        return undefined;
      },
    };
  };
  const tasks = [
    { name: "jit", run: (steps: number) => jit.time(steps) },
    ours("update", "update"),
    ours("step", "step"),
    ours("step, optimizer read", "step", true),
  ];
  const measured = await interleaved(tasks, { rounds: 31, milliseconds: 20, budget: 5000 });
  console.log(`| ${size.toLocaleString("en")} | ${measured.map(cell).join(" | ")} |`);
  jit.close();
}
