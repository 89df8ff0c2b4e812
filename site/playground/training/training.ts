// All runs of a plan, in step: no run is ahead of another by more than a batch.
import type { Plan } from "./plan.js";
import { type Data, Run } from "./run.js";

export class Training {
  readonly runs: readonly Run[];
  readonly #now: () => number;
  /** The run with the largest batch. A round is one of its updates, and as many images for each other run. */
  readonly #slowest: Run;

  /** Throws the library's error for wrong options. `now` returns milliseconds. */
  constructor(plan: Plan, data: Data, now: () => number) {
    const sizes = plan.runs.map(({ batch }) => (batch === "all" ? data.train.count : batch));
    this.runs = plan.runs.map((run) => new Run(run, plan, data, now));
    this.#now = now;
    this.#slowest = this.runs[sizes.indexOf(Math.max(...sizes))];
  }

  /** Rounds that have begun. */
  get rounds(): number {
    return this.#slowest.taken;
  }

  /** Whether all runs have reached the end of the round. */
  get even(): boolean {
    return this.runs.every((run) => run.seen >= this.#slowest.seen);
  }

  get finished(): boolean {
    return this.even && this.#slowest.finished;
  }

  /** Goes on to the end of this round, or of the training. Stops before that after some milliseconds. Returns whether it got there. */
  advance(rounds: number, milliseconds: number): boolean {
    const end = this.#now() + milliseconds;
    while (!(this.even && (this.#slowest.finished || this.rounds >= rounds))) {
      if (this.#now() >= end) return false;
      this.runs.reduce((last, run) => (run.seen < last.seen ? run : last)).update();
    }
    return true;
  }

  dispose(): void {
    for (const { optimizer } of this.runs) optimizer.dispose();
  }
}
