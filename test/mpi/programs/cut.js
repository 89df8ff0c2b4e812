// Trains until the network is cut, at most two minutes: cut.js <folder>. Writes a file after 100 steps.
// @ts-check
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { adam } from "simdescent";
import { mpi } from "simdescent/mpi";

const folder = /** @type {string} */ (process.argv[2]);
const world = await mpi({ timeout: 4 });
const opt = adam({ x: 100_000 });
const training = world.distribute(opt, { blocks: world.ranks });
const batch = Uint32Array.from({ length: world.ranks }, (_, i) => i);
const stop = new Float32Array(1);
for (let step = 1; stop[0] === 0; step++) {
  for (const block of training.blocks(batch)) {
    opt.grads.x.fill(1);
    training.add(block.length);
  }
  training.step();
  if (step === 100) writeFileSync(join(folder, `running-${world.rank}`), "");
  stop[0] = Number(performance.now() > 120_000);
  world.sum(stop);
}
world.close();
