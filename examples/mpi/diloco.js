// DiLoCo (Douillard et al. 2023, https://arxiv.org/abs/2311.08105) beside plain data parallel training. In DiLoCo each rank trains alone, with
// AdamW. Every H steps Nesterov momentum moves the shared parameters along the mean of what all ranks have moved. So ranks communicate in one
// step of H:
//   mpirun -n 2 node --import tsx examples/mpi/diloco.js [images] [epochs] [H]
// @ts-check
import { adamw, batches, nesterov } from "simdescent";
import { mpi } from "simdescent/mpi";
import { readImages } from "../digits/images.js";
import { accuracy, addGradient, initialWeights } from "../digits/network.js";

const [images = "6000", epochs = "4", period = "20"] = process.argv.slice(2);
const train = readImages("train", Number(images));
const test = readImages("test", 2000);
const world = await mpi();
const size = 128;
const inner = { lr: 2e-3 };
const outer = { lr: 0.7, momentum: 0.9 };

/** The batches of all epochs. */
function* order() {
  for (let epoch = 0; epoch < Number(epochs); epoch++) yield* batches(train.count, { size, epoch });
}

/** All ranks make every step together. */
function dataParallel() {
  const training = world.distribute(adamw(initialWeights(1), inner));
  let messages = 0;
  for (const batch of order()) {
    for (const block of training.blocks(batch)) training.add(block.length, addGradient(training.optimizer, train, block));
    training.step();
    messages += 1;
  }
  return { name: "data parallel", params: training.optimizer.params, messages };
}

/** Each rank steps on its part of each batch. */
function diloco() {
  const own = adamw(initialWeights(1), inner);
  const shared = nesterov(initialWeights(1), outer);
  const names = /** @type {(keyof typeof own.params)[]} */ (Object.keys(own.params));
  let messages = 0;
  const meet = () => {
    for (const name of names) {
      const [moved, p, start] = [shared.grads[name], own.params[name], shared.params[name]];
      for (let i = 0; i < p.length; i++) moved[i] = (start[i] - p[i]) / world.ranks;
      world.sum(moved);
    }
    shared.step();
    for (const name of names) own.params[name].set(shared.params[name]);
    messages += 1;
  };
  let step = 0;
  for (const batch of order()) {
    const share = batch.length / world.ranks;
    own.zeroGrad();
    addGradient(own, train, batch.subarray(Math.floor(world.rank * share), Math.floor((world.rank + 1) * share)));
    own.step();
    step += 1;
    if (step % Number(period) === 0) meet();
  }
  if (step % Number(period) !== 0) meet();
  return { name: `DiLoCo, H = ${period}`, params: shared.params, messages };
}

for (const train of [dataParallel, diloco]) {
  const began = performance.now();
  const { name, params, messages } = train();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const share = (100 * accuracy(params, test)).toFixed(2);
  if (world.rank === 0)
    console.log(`${name}, ${world.ranks} ranks: test accuracy ${share} %, ${messages} messages, ${seconds} s`);
}
world.close();
