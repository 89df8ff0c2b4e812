// One rank: the memory of a process that trains with AdamW. memory.js <whole|shard> <floats>
// @ts-check
import { readFileSync } from "node:fs";
import { adamw } from "simdescent";
import { mpi } from "simdescent/mpi";

const [state, size] = process.argv.slice(2);
/** Bytes in RAM. */
const resident = () => 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);

const world = await mpi();
const before = resident();
const opt = adamw({ x: Number(size) }, state === "shard" ? { shard: world } : {});
opt.grads.x.fill(1);
for (let i = 0; i < 3; i++) opt.step();
const bytes = resident() - before;
if (world.rank === 0) console.log(JSON.stringify({ state, ranks: world.ranks, bytes }));
world.close();
