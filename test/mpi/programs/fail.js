// Fails in the way that the argument says, on rank 1 in step 3: fail.js <way>
// @ts-check
import { adam, batches } from "simdescent";
import { mpi } from "simdescent/mpi";

const way = process.argv[2];
const world = await mpi({ timeout: way === "hang" ? 4 : 30, ...(process.env.LIBRARY ? { library: process.env.LIBRARY } : {}) });
const last = world.rank === world.ranks - 1;
const opt = adam({ x: way === "shapes" && last ? 1001 : 1000 }, { lr: way === "options" && last ? 0.2 : 0.1 });
if (way === "shifted") opt.eval();
const training = world.distribute(opt, way === "blocks" ? { blocks: last ? 8 : 16 } : way === "few blocks" ? { blocks: 1 } : {});

let step = 0;
for (const batch of batches(64, { size: 8, seed: way === "seeds" ? world.rank : 0 })) {
  step += 1;
  for (const block of training.blocks(batch)) {
    opt.grads.x.fill(block.length);
    training.add(block.length);
  }
  if (step === 3 && last) {
    if (way === "kill") process.kill(process.pid, "SIGKILL");
    if (way === "throw") throw new Error("thrown on purpose");
    if (way === "exit") process.exit(0);
    if (way === "hang") for (;;) Math.random();
    if (way === "stray") world.barrier();
    if (way === "length") world.sum(new Float32Array(3));
    if (way === "return") break;
  }
  if (step === 3 && way === "length") world.sum(new Float32Array(4));
  training.step();
}
if (way !== "return" || !last) {
  world.close();
  console.log(`rank ${world.rank} closed`);
}
