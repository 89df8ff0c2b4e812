// Trains a digit classifier on several processes: mpirun -n 2 node --import tsx examples/mpi/train.js [images] [epochs] [folder]
// Every number of processes prints the same hash. With a folder, it saves checkpoints there, and goes on from the last one.
// @ts-check
import { createHash } from "node:crypto";
import { adamw, batches, save } from "simdescent";
import { mpi } from "simdescent/mpi";
import { folder } from "simdescent/node";
import { readImages } from "../digits/images.js";
import { accuracy, addGradient, initialWeights } from "../digits/network.js";

const [images = "6000", epochs = "2", path] = process.argv.slice(2);
const train = readImages("train", Number(images));
const world = await mpi();
const optimizer = adamw(initialWeights(1), { lr: 2e-3 });

const store = path === undefined || world.rank > 0 ? undefined : folder(path);
const resumed = store?.latest(optimizer);
const training = world.distribute(optimizer); // gives the state of rank 0 to all
if (resumed) console.log(`goes on after step ${optimizer.t}`);

const began = performance.now();
const size = 128;
const each = Math.ceil(train.count / size);
for (let epoch = Math.floor(optimizer.t / each); epoch < Number(epochs); epoch++) {
  let step = epoch * each;
  for (const batch of batches(train.count, { size, epoch })) {
    if (step++ < optimizer.t) continue; // done before the checkpoint
    for (const block of training.blocks(batch)) training.add(block.length, addGradient(optimizer, train, block));
    const loss = training.step();
    if (optimizer.t % 10 === 0) {
      store?.save(optimizer, { loss });
      if (world.rank === 0) console.log(`step ${optimizer.t}, loss ${loss.toFixed(4)}`);
    }
  }
}

if (world.rank === 0) {
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const share = accuracy(optimizer.params, readImages("test", 2000));
  const hash = createHash("sha256").update(save(optimizer)).digest("hex").slice(0, 16);
  console.log(
    `${world.ranks} ranks, ${world.library}, ${seconds} s: test accuracy ${(100 * share).toFixed(2)} %, all bits ${hash}`,
  );
}
world.close();
