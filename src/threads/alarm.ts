// When sleeping workers are woken. Waking one costs the calling thread 15 to 60 µs, and the worker comes later still. No clock: a reading of it
// may allocate.
import * as at from "./jobs.js";

/** The lowest price of a worker, from bench/ladders/threads.ts. */
const minPrice = 262_144;
/** The highest one: some 50 ms of sgd. Then a worker that shares the processor costs little. */
const maxPrice = 2 ** 27;
/** Chunks that a worker does for its price. */
const enough = 8;
/** Jobs for each long wait. Threads that share a processor wait long for each other in most jobs, others now and then. */
const smooth = 8;

/**
 * Wakes workers for a price: the elements of long calls since they were last woken. A call that is long enough pays it at once. Short calls in
 * close succession wake workers, too, which then stay awake. The price doubles when they do little before they sleep again, and falls back when
 * they do enough.
 */
export class Alarm {
  readonly #words: Int32Array;
  readonly #threads: number;
  #price = minPrice;
  #paid = 0;
  /** Whether workers were woken, and no call has found them asleep since. */
  #rung = false;
  /** Chunks that the workers had done before. */
  #before = 0;
  /** The number of the job before. */
  #since = 0;

  constructor(words: Int32Array, threads: number) {
    this.#words = words;
    this.#threads = threads;
  }

  /** Whether to wake this many sleepers for a call of this length. */
  rings(length: number, sleepers: number): boolean {
    if (this.#rung) this.#judge();
    this.#paid += length;
    if (this.#paid < this.#price * sleepers) return false;
    this.#rung = true;
    this.#paid = 0;
    this.#before = this.#done();
    this.#since = this.#words[at.job] as number;
    Atomics.store(this.#words, at.longWaits, 0);
    return true;
  }

  #judge(): void {
    this.#rung = false;
    const did = (this.#done() - this.#before) | 0;
    const jobs = (((this.#words[at.job] as number) - this.#since) | 0) >> 1;
    const helped = did >= enough * (this.#threads - 1) && smooth * Atomics.load(this.#words, at.longWaits) <= jobs;
    this.#price = helped ? minPrice : Math.min(this.#price * 2, maxPrice);
  }

  #done(): number {
    let sum = 0;
    for (let thread = 1; thread < this.#threads; thread++) sum = (sum + Atomics.load(this.#words, at.own(thread) + at.done)) | 0;
    return sum;
  }
}
