// Counts of a picture: how many starts reached each minimum, and in how many steps.
import { diverged, type Outcomes, unfinished } from "./outcomes.js";

export interface Row {
  /** The index of a minimum, `unfinished` or `diverged`. */
  readonly where: number;
  /** Of all starts, 0 … 1. */
  readonly share: number;
  /** The median of the steps of those starts; undefined if there are none, or if they reached no minimum. */
  readonly median: number | undefined;
}

/** A row for each minimum, one for unfinished and one for diverged starts. `known[i]` is 1 where an outcome is known. */
export function tally({ where, steps }: Outcomes, known: Uint8Array, minima: number): Row[] {
  const groups = new Map<number, number[]>();
  for (const at of [...Array(minima).keys(), unfinished, diverged]) groups.set(at, []);
  let total = 0;
  for (let i = 0; i < where.length; i++) {
    if (!known[i]) continue;
    groups.get(where[i])?.push(steps[i]);
    total += 1;
  }
  return [...groups].map(([at, counts]) => {
    const sorted = Uint16Array.from(counts).sort();
    return { where: at, share: sorted.length / Math.max(1, total), median: at < minima ? sorted[sorted.length >> 1] : undefined };
  });
}
