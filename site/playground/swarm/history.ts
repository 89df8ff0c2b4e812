// The shares of particles that have arrived, at the steps that were shown.
import type { Swarm } from "./swarm.js";

export class History {
  readonly steps: number[] = [];
  /** The shares of each rule, in percent. */
  readonly shares: number[][] = [];

  /** Adds the shares of now. */
  add(swarm: Swarm): void {
    if (this.steps.at(-1) === swarm.t) return;
    this.steps.push(swarm.t);
    for (const [i, lane] of swarm.lanes.entries()) {
      this.shares[i] ??= [];
      this.shares[i].push(100 * swarm.arrived(lane));
    }
  }

  clear(): void {
    this.steps.length = 0;
    this.shares.length = 0;
  }
}
