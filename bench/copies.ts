// Adam on the caller's Float32Arrays, in nanoseconds per parameter: the paper's loop, the fastest plain loop, step(params, grads) with
// copies, and step() without copies.
//   npm run bench:copies
import { adam } from "../src/index.js";
import { fill, random } from "../test/support/random.js";
import { references } from "../test/support/reference.js";
import { fastLoops } from "./fastLoops.js";

const defaults = { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, epsHat: false, epsRoot: 0 };

const rounds = 41;
const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;

console.log(
  `Node ${process.version}, ${process.arch}. Medians of ${rounds} interleaved rounds, and speed relative to the fast loop.\n`,
);
console.log("| parameters | paper's loop | fast loop | step(params, grads) | | step() | |\n|---:|---:|---:|---:|---:|---:|---:|");
for (const size of [1024, 16_384, 262_144, 1_048_576]) {
  const arrays = () => [fill(new Float32Array(size), random(1)), fill(new Float32Array(size), random(2))] as const;
  const moments = () => ({ m: new Float32Array(size), v: new Float32Array(size) });
  const [paper, fast, copied] = [arrays(), arrays(), arrays()];
  const [paperState, fastState] = [moments(), moments()];
  const [copying, direct] = [adam({ x: size }), adam({ x: size })];
  const [params, grads] = [{ x: copied[0] }, { x: copied[1] }];
  direct.params.x.set(arrays()[0]);
  direct.grads.x.set(arrays()[1]);
  let t = 0;
  let u = 0;
  const steps = [
    () => references.adam(...paper, paperState, defaults, ++t, [], [size]),
    () => fastLoops.adam(...fast, fastState, defaults, ++u),
    () => copying.step(params, grads),
    () => direct.step(),
  ];
  const times = steps.map(() => new Float64Array(rounds));
  const repeats = Math.ceil(5e5 / size);
  for (let round = -5; round < rounds; round++) {
    for (const [i, step] of steps.entries()) {
      const start = performance.now();
      for (let j = 0; j < repeats; j++) step();
      const time = ((performance.now() - start) * 1e6) / repeats / size;
      if (round >= 0) (times[i] as Float64Array)[round] = time; // earlier rounds compile the code
    }
  }
  const cell = (i: number) => median([...(times[i] as Float64Array)]).toFixed(2);
  const ratio = (i: number) =>
    median([...(times[1] as Float64Array).map((time, round) => time / ((times[i] as Float64Array)[round] as number))]);
  console.log(`| ${[size, cell(0), cell(1), cell(2), ratio(2).toFixed(1), cell(3), ratio(3).toFixed(1)].join(" | ")} |`);
}
