// The shares of particles that have arrived.
import type { Swarm } from "./swarm.js";

/** Whether the shares of a step are kept: all at first, then 16 to 32 for each doubling. Which ones does not depend on frames. */
const isKept = (t: number) => t < 32 || t % 2 ** (Math.floor(Math.log2(t)) - 4) === 0;

export class History {
  readonly steps: number[] = [];
  /** The shares of each rule, in percent. */
  readonly shares: number[][] = [];

  /** Adds the shares of this step, if they are kept. */
  add(swarm: Swarm): void {
    if (isKept(swarm.t)) this.#push(swarm);
  }

  /** Adds the shares of this step until the next ones come. */
  end(swarm: Swarm): void {
    if (!isKept(swarm.t)) this.#push(swarm);
  }

  clear(): void {
    this.steps.length = 0;
    this.shares.length = 0;
  }

  #push(swarm: Swarm): void {
    const last = this.steps.at(-1);
    if (last === swarm.t) return;
    if (last !== undefined && !isKept(last)) for (const list of [this.steps, ...this.shares]) list.pop();
    this.steps.push(swarm.t);
    for (const [i, lane] of swarm.lanes.entries()) {
      this.shares[i] ??= [];
      this.shares[i].push(100 * swarm.arrived(lane));
    }
  }
}
