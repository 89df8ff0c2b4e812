// Trains on two threads, both workers, so that the main thread stays free:
//   npx tsx examples/threads/main.js
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { adamw, threads } from "simdescent";

/** Fits a million parameters, each to its own target. */
async function train() {
  const pool = await threads(2); // the calling thread and one more
  const size = 1_000_000;
  const opt = adamw({ x: size }, { lr: 0.02, threads: pool });
  const [x, grad] = [opt.params.x, opt.grads.x];
  const target = Float32Array.from({ length: size }, (_, i) => Math.sin(i));
  for (let step = 1; step <= 100; step++) {
    let loss = 0;
    for (let i = 0; i < size; i++) {
      const error = x[i] - target[i];
      loss += error ** 2 / size;
      grad[i] = (2 * error) / size;
    }
    opt.step();
    if (step % 25 === 0) parentPort?.postMessage(`step ${step} on ${pool.size} threads: loss ${loss.toFixed(6)}`);
  }
  pool.close();
}

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  worker.on("message", (message) => console.log(message));
  worker.on("error", (error) => {
    throw error;
  });
} else {
  await train();
}
