// Trains with several rules, and prints a hash of the parameters, the state and the losses of each, as JSON: train.js <threads> [shard]
// @ts-check
import { createHash } from "node:crypto";
import { adamw, batches, foreignMemory, lamb, load, muon, save, sgd, threads } from "simdescent";
import { mpi } from "simdescent/mpi";

const world = await mpi({ timeout: 30 });
const size = Number(process.argv[2]);
const pool = size > 1 ? await threads(size) : undefined;
const [rows, columns] = [256, 160]; // enough elements for calls that threads share
const shapes = /** @type {{ [name: string]: number[] }} */ ({ weight: [rows, columns], bias: [rows] });

/** Values between -0.5 and 0.5, from two numbers. @param {number} i @param {number} j */
const value = (i, j) => ((i * 7919 + j * 104729 + ((i * j) % 13)) % 1009) / 1009 - 0.5;

/** Parameters that differ between ranks: those of rank 0 count. */
const start = () =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const length = shape.reduce((a, b) => a * b);
      return [name, { shape, values: Float32Array.from({ length }, (_, j) => value(world.rank + 1, j)) }];
    }),
  );

/** Adds the gradient of the mean loss of a block, and returns the loss. @param {import("simdescent").Optimizer} opt @param {Uint32Array} block */
function gradient({ params, grads }, block) {
  let loss = 0;
  for (const name of Object.keys(shapes)) {
    const [p, g] = [params[name], grads[name]];
    for (const i of block) {
      for (let j = 0; j < p.length; j++) {
        const error = p[j] - value(i + 100, j);
        loss += error * error;
        g[j] += (2 * error) / block.length;
      }
    }
  }
  return loss / block.length;
}

const { memory, foreign } = growing();
const common = pool ? { threads: pool } : {};
const sharding = process.argv[3] === "shard" ? { shard: world } : {};
/** @type {{ [name: string]: (shard: { shard?: import("simdescent/mpi").Ranks }) => import("simdescent").Optimizer }} */
const rules = {
  sgd: (shard) => sgd(start(), { lr: 0.05, ...common, ...shard }),
  "adamw + ema + clipNorm": (shard) => adamw(start(), { lr: 0.01, ema: true, clipNorm: 0.5, ...common, ...shard }),
  lamb: () => lamb(start(), { lr: 0.01, ...common }),
  muon: () => muon(start(), { lr: 0.01, ...common }),
  "sgd in memory that grows": () => sgd(start(), { lr: 0.05, memory: /** @type {any} */ (foreign), ...common }),
};

/** Memory of another program, shared as threads need it. */
function growing() {
  const memory = new WebAssembly.Memory({ initial: 8, maximum: 64, shared: true });
  const foreign = foreignMemory({
    memory,
    allocate: () => 7 * 65536,
    params: { weight: 1024, bias: 1024 + 4 * rows * columns },
    grads: { weight: 3 * 65536, bias: 3 * 65536 + 4 * rows * columns },
  });
  return { memory, foreign };
}

/** @type {{ [name: string]: string }} */
const hashes = {};
for (const [name, make] of Object.entries(rules)) {
  const opt = make(sharding);
  if (world.rank === 0) {
    // State that the others do not have.
    const first = make({});
    gradient(first, Uint32Array.of(1, 2, 3));
    first.step();
    load(opt, save(first));
  }
  const training = world.distribute(opt);
  const losses = [];
  for (let epoch = 0; epoch < 2; epoch++) {
    // Batches of 21 and 3: blocks of unequal lengths, and empty ones.
    for (const batch of batches(24, { size: 21, epoch })) {
      for (const block of training.blocks(batch)) training.add(block.length, gradient(opt, block));
      losses.push(training.step());
      if (name.includes("grows")) memory.grow(1);
    }
  }
  const hash = createHash("sha256")
    .update(save(opt, { only: "params" }))
    .update(Float64Array.from(losses))
    .digest();
  const first = new Uint8Array(hash);
  world.broadcast(first);
  if (!hash.equals(first)) throw new Error(`${name}: rank ${world.rank} has other bits than rank 0`);
  training.consolidate();
  if (world.rank === 0) hashes[name] = createHash("sha256").update(hash).update(save(opt)).digest("hex").slice(0, 16);
}
if (world.rank === 0) console.log(JSON.stringify({ library: world.library, ranks: world.ranks, local: world.local, hashes }));
world.close();
pool?.close();
