// The main thread's side of the watchdog: a counter in shared memory, raised before and after each collective. Odd is inside.

import { node } from "./process.js";
import { collectives, current, ended, passages, rank, ranks, words } from "./watchdogThread.js";

/** What ranks do together. */
export type Collective = (typeof collectives)[number];

/** Ends the process when a collective waits too long. */
export class Watchdog {
  readonly #shared: Int32Array;

  private constructor(shared: Int32Array) {
    this.#shared = shared;
  }

  /**
   * Starts the watching. Resolves when it has begun.
   * @param limit seconds that a collective may wait; 0 for any time
   * @param rankName the rank as the launcher says it
   */
  static async start(limit: number, rankName: string | undefined): Promise<Watchdog> {
    const shared = new Int32Array(new SharedArrayBuffer(4 * words));
    shared[rank] = rankName === undefined ? -1 : Number(rankName);
    if (limit > 0) {
      const { Worker } = node().getBuiltinModule("node:worker_threads");
      // The worker does not inherit flags such as -e.
      const options = { execArgv: [], workerData: { watchdogOfMpi: { shared, limit } } };
      const worker = new Worker(new URL("watchdogThread.js", new URL(".", import.meta.url)), options);
      await new Promise<unknown>((resolve, reject) => {
        worker.on("message", resolve);
        worker.on("error", (cause) => reject(new Error(`mpi: the watchdog cannot start: ${cause}`, { cause })));
      });
      worker.unref();
    }
    return new Watchdog(shared);
  }

  /** Notes who this is, for messages. */
  introduce(own: number, all: number): void {
    this.#shared[rank] = own;
    this.#shared[ranks] = all;
  }

  /** Runs a collective under watch. */
  guard<T>(collective: Collective, run: () => T): T {
    const shared = this.#shared;
    shared[current] = collectives.indexOf(collective);
    Atomics.add(shared, passages, 1);
    try {
      return run();
    } finally {
      Atomics.add(shared, passages, 1);
    }
  }

  end(): void {
    Atomics.store(this.#shared, ended, 1);
    Atomics.notify(this.#shared, ended);
  }
}
