// Trains a digit classifier, and goes on where an earlier run stopped: tsx examples/resume/train.ts <folder of checkpoints> [images]
import { createHash } from "node:crypto";
import { adamw, fit, save } from "simdescent";
import { folder } from "simdescent/node";
import { readImages } from "../digits/images.js";
import { accuracy, addGradient, initialWeights } from "../digits/network.js";

const [path, count = "6000"] = process.argv.slice(2);
const images = readImages("train", Number(count));
const test = readImages("test", 2000);
const optimizer = adamw(initialWeights(1), { lr: 2e-3, ema: true });

// Ctrl-C saves, too.
const controller = new AbortController();
process.once("SIGINT", () => controller.abort());

const { ended } = await fit(optimizer, {
  count: images.count,
  epochs: 3,
  gradient: (indices) => addGradient(optimizer, images, indices),
  checkpoint: {
    to: folder(path),
    everySteps: 20,
    onResume: () => console.log(`goes on after step ${optimizer.t}`),
  },
  onStep: ({ step, epoch, loss }) => {
    if (step % 20 === 0) console.log(`step ${step}, epoch ${epoch}, loss ${loss.toFixed(3)}`);
  },
  signal: controller.signal,
});

if (ended === "epochs") {
  optimizer.eval();
  const share = accuracy(optimizer.params, test);
  optimizer.train();
  const hash = createHash("sha256").update(save(optimizer)).digest("hex").slice(0, 16);
  console.log(`test accuracy ${(100 * share).toFixed(2)} %, all bits ${hash}`);
}
