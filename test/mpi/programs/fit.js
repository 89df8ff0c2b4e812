// Trains with fit, and prints a hash of what it returns and of the optimizer, as JSON: fit.js <folder> [stop] [shard]
// With "stop", the signal of the last rank aborts after 17 steps. With "other", batches have another size. With "differ", the last rank trains
// for another number of epochs.
// @ts-check
import { createHash } from "node:crypto";
import { adam, earlyStopping, fit, nesterov, save } from "simdescent";
import { mpi } from "simdescent/mpi";
import { folder } from "simdescent/node";

const [path, mode, state] = process.argv.slice(2);
const world = await mpi({ timeout: 30 });
const shard = state === "shard" ? { shard: world } : {};
const count = 90;
const xs = Float32Array.from({ length: count }, (_, i) => Math.fround(((i * 37) % 91) / 91));
/** @param {number} i */
const target = (i) => 3 * xs[i] + (((i * 7919) % 101) / 101 - 0.5);

/** @param {import("simdescent").Optimizer} opt */
const gradientOf = (opt) => (/** @type {Uint32Array} */ block) => {
  let loss = 0;
  for (const i of block) {
    const error = opt.params.w[0] * xs[i] + opt.params.w[1] - target(i);
    opt.grads.w[0] += (2 * error * xs[i]) / block.length;
    opt.grads.w[1] += (2 * error) / block.length;
    loss += (error * error) / block.length;
  }
  return loss;
};

/** @type {{ [name: string]: () => [import("simdescent").Optimizer, Partial<import("simdescent").FitOptions>] }} */
const trainings = {
  "adam with an average, validation and stopping": () => {
    const opt = adam({ w: 2, unused: 30 }, { lr: 0.3, ema: true, ...shard });
    // A loss that falls, then rises.
    const validation = () => (opt.params.w[0] - 2) * (opt.params.w[0] - 2) + opt.params.w[1] * opt.params.w[1];
    return [opt, { validation, stop: earlyStopping({ patience: 3 }), restoreBest: true }];
  },
  "nesterov with sam": () => [nesterov({ w: 2, unused: 30 }, { lr: 0.05, sam: true, ...shard }), {}],
};

/** @type {{ [name: string]: string }} */
const hashes = {};
/** @type {{ [name: string]: string }} */
const states = {};
for (const [name, make] of Object.entries(trainings)) {
  const [opt, options] = make();
  const stopper = new AbortController();
  const history = await fit(opt, {
    count,
    batch: mode === "other" ? 9 : 7,
    epochs: mode === "differ" && world.rank > 0 ? 9 : 8,
    seed: 3,
    gradient: gradientOf(opt),
    ranks: world,
    signal: stopper.signal,
    onStep: ({ done }) => {
      if (mode === "stop" && done === 17 && world.rank === world.ranks - 1) stopper.abort();
    },
    checkpoint: { to: folder(`${path}/${name}`, { keep: 3 }), everySteps: 5 },
    ...options,
  });
  if (mode === "stop" && history.ended !== "signal") throw new Error(`expected the end by the signal, got ${history.ended}`);
  const { ended, best, validation } = history;
  const text = JSON.stringify({ ended, best, validation: validation.at(-1), loss: history.loss.at(-1) });
  hashes[name] = createHash("sha256")
    .update(save(opt, { only: "params" }))
    .update(text)
    .digest("hex");
  world.distribute(opt).consolidate();
  if (world.rank === 0) states[name] = createHash("sha256").update(save(opt)).digest("hex");
}
// All ranks must have the same.
const all = new TextEncoder().encode(JSON.stringify(hashes));
const first = all.slice();
world.broadcast(first);
if (Buffer.compare(all, first) !== 0)
  throw new Error(`rank ${world.rank}: expected ${Buffer.from(first)}, got ${Buffer.from(all)}`);
if (world.rank === 0) console.log(JSON.stringify({ hashes, states }));
world.close();
