// One rank: the seconds of an epoch of the digits. epoch.js <threads>
// @ts-check
import { adamw, batches, threads } from "simdescent";
import { mpi } from "simdescent/mpi";
import { readImages } from "../../examples/digits/images.js";
import { addGradient, initialWeights } from "../../examples/digits/network.js";

const count = Number(process.argv[2]);
const world = await mpi();
const images = readImages("train", 20_000);
const pool = count > 1 ? await threads(count) : undefined;
const opt = adamw(initialWeights(1), { lr: 2e-3, ...(pool ? { threads: pool } : {}) });
const training = world.distribute(opt);
const seconds = [];
for (let epoch = 0; epoch < 5; epoch++) {
  world.barrier();
  const start = performance.now();
  for (const batch of batches(images.count, { size: 128, epoch })) {
    for (const block of training.blocks(batch)) training.add(block.length, addGradient(opt, images, block));
    training.step();
  }
  seconds.push((performance.now() - start) / 1000);
}
if (world.rank === 0) console.log(JSON.stringify({ ranks: world.ranks, threads: count, seconds }));
world.close();
pool?.close();
