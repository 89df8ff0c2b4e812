// One rank: the times of MPI_Allreduce in C, of sum() and of steps, in turns. step.js <library of allreduce.c> <most floats>
// @ts-check
import { createRequire } from "node:module";
import { adamw } from "simdescent";
import { mpi } from "simdescent/mpi";

const [library, most] = process.argv.slice(2);
const world = await mpi();
const allreduce = createRequire(import.meta.url)("koffi")
  .load(library)
  .func("allreduce", "double", ["void *", "int", "int"]);

const rounds = 21;
/** @param {number[]} numbers */
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** The seconds of one call. @param {() => void} call @param {number} repeats */
function time(call, repeats) {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) call();
  return (performance.now() - start) / 1000 / repeats;
}

const rows = [];
for (const size of [1e3, 1e5, 1e6, 1e7].filter((size) => size <= Number(most))) {
  const [whole, shard, alone] = [adamw({ x: size }), adamw({ x: size }, { shard: world }), adamw({ x: size })];
  const batch = Uint32Array.from({ length: world.ranks }, (_, i) => i);
  const step = (/** @type {typeof whole} */ opt) => {
    const training = world.distribute(opt, { blocks: world.ranks });
    return () => {
      for (const block of training.blocks(batch)) training.add(block.length);
      training.step();
    };
  };
  const steps = [step(whole), step(shard)];
  const array = whole.grads.x;
  const repeats = Math.max(1, Math.min(200, Math.round(3e6 / size)));
  /** @type {((repeats: number) => number)[]} */
  const ways = [
    (repeats) => allreduce(array, size, repeats),
    (repeats) => time(() => world.sum(array), repeats),
    (repeats) => time(() => alone.step(), repeats),
    ...steps.map((step) => (/** @type {number} */ repeats) => time(step, repeats)),
  ];
  /** @type {number[][]} */
  const times = ways.map(() => []);
  for (let round = -3; round < rounds; round++) {
    for (const [i, way] of ways.entries()) {
      world.barrier();
      const seconds = way(repeats);
      if (round >= 0) times[i].push(seconds); // earlier rounds compile the code
      array.fill(0);
    }
  }
  const [c, sum, own, ...distributed] = times.map(median);
  const ratio = median(times[1].map((time, round) => time / times[0][round]));
  rows.push([size, c, sum, ratio, own, ...distributed]);
}
if (world.rank === 0) console.log(JSON.stringify({ library: world.library, ranks: world.ranks, rows }));
world.close();
