// How free the second processor is: what two threads gain that share nothing, measured beside other times on a busy machine.
import { Worker } from "node:worker_threads";

/** About 2 ms of arithmetic. */
const count = 2_000_000;
const spin = `function spin(count) {
  let x = 1;
  for (let i = 0; i < count; i++) x = (Math.imul(x, 1664525) + i) | 0;
  return x;
}`;
const program = `${spin}
const { words, count } = require("node:worker_threads").workerData;
for (let last = 0; ; ) {
  Atomics.wait(words, 0, last);
  last = Atomics.load(words, 0);
  spin(count);
  Atomics.store(words, 1, last);
}`;

/** Starts a measurement. Each call of its result measures once: twice the time of one thread ÷ the time of two threads that do the same. */
export function freedom(): () => number {
  const words = new Int32Array(new SharedArrayBuffer(8));
  new Worker(program, { eval: true, workerData: { words, count } }).unref();
  const alone = new Function(`${spin} return spin;`)() as (count: number) => number;
  return () => {
    const start = performance.now();
    alone(count);
    const middle = performance.now();
    const turn = Atomics.add(words, 0, 1) + 1;
    Atomics.notify(words, 0);
    alone(count);
    while (Atomics.load(words, 1) !== turn) Atomics.wait(words, 1, turn - 1, 0.1);
    return (2 * (middle - start)) / (performance.now() - middle);
  };
}
