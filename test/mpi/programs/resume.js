// Trains for 60 steps, and saves every 5 on rank 0. Goes on from the last checkpoint. One rank may kill itself:
// resume.js <folder> <whole|shard> [steps until it does] [its rank] [where in the step: 0, 1 or 2]
// @ts-check
import { createHash } from "node:crypto";
import { adamw, batches, save } from "simdescent";
import { mpi } from "simdescent/mpi";
import { folder } from "simdescent/node";

const [path, state, steps, rank, place] = process.argv.slice(2);
const world = await mpi({ timeout: 30 });
const shard = state === "shard" ? { shard: world } : {};
const opt = adamw({ weight: { shape: [40, 25], values: new Float32Array(1000).fill(0.1) } }, { lr: 0.01, ema: true, ...shard });
const store = world.rank === 0 ? folder(path) : undefined;
store?.latest(opt);
const training = world.distribute(opt);
const killed = opt.t + Number(steps ?? Infinity);

/** Kills this rank if it is its turn. @param {number} now */
function maybeKill(now) {
  if (opt.t === killed && world.rank === Number(rank) && now === Number(place)) process.kill(process.pid, "SIGKILL");
}

const each = Math.ceil(100 / 16);
for (let t = opt.t; t < 60; t++) {
  const batch = [...batches(100, { size: 16, epoch: Math.floor(t / each) })][t % each];
  maybeKill(0);
  for (const block of training.blocks(batch)) {
    const [p, g] = [opt.params.weight, opt.grads.weight];
    for (const i of block) for (let j = 0; j < p.length; j++) g[j] += (p[j] - ((i * j) % 11) / 11) / block.length;
    training.add(block.length);
    maybeKill(1);
  }
  training.step();
  maybeKill(2);
  if (opt.t % 5 !== 0) continue;
  training.consolidate();
  store?.save(opt);
}
training.consolidate();
if (world.rank === 0) console.log(createHash("sha256").update(save(opt)).digest("hex"));
world.close();
