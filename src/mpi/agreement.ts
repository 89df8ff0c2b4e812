// Whether all ranks have the same plan.

import { whoHasWhat } from "./meeting.js";
import type { Transport } from "./transport.js";

/** What must be the same on all ranks, by name. Values are JSON. */
export type Plan = ReadonlyMap<string, string>;

/** A hash of 52 bits: two of FNV-1a, from different starts. */
export function hashOf(text: string): number {
  let [a, b] = [0x811c9dc5, 0x9747b28c];
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(i), 0x01000193);
  }
  return (a >>> 6) * 2 ** 26 + (b >>> 6);
}

/** A hash of the indices of a batch, as for texts. */
export function hashOfBatch(batch: Uint32Array): number {
  let [a, b] = [0x811c9dc5 ^ batch.length, 0x9747b28c];
  for (let i = 0; i < batch.length; i++) {
    a = Math.imul(a ^ (batch[i] as number), 0x01000193);
    a ^= a >>> 15;
    b = Math.imul(b ^ (batch[i] as number), 0x85ebca6b);
    b ^= b >>> 13;
  }
  return (a >>> 6) * 2 ** 26 + (b >>> 6);
}

export const textOf = (plan: Plan) => JSON.stringify([...plan]);

/** The texts of all ranks. `lengths` are their bytes. */
export function gatherTexts(transport: Transport, own: Uint8Array, lengths: ArrayLike<number>): string[] {
  const counts = Int32Array.from(lengths);
  const offsets = new Int32Array(counts.length);
  for (let i = 1; i < counts.length; i++) offsets[i] = (offsets[i - 1] as number) + (counts[i - 1] as number);
  const all = new Uint8Array(counts.reduce((sum, count) => sum + count, 0));
  all.set(own, offsets[transport.rank]);
  transport.gather(all, counts, offsets);
  return Array.from(counts, (count, i) => {
    const from = offsets[i] as number;
    return new TextDecoder().decode(all.subarray(from, from + count));
  });
}

/** What differs between plans, one entry a name: `lr: 0.1 on rank 0, 0.2 on rank 1`. */
export function differences(plans: readonly Plan[]): string[] {
  const names = new Set(plans.flatMap((plan) => [...plan.keys()]));
  const nothing = "nothing";
  return [...names].flatMap((name) => {
    const values = plans.map((plan) => plan.get(name) ?? nothing);
    return values.every((value) => value === values[0]) ? [] : [`${name}: ${whoHasWhat(values, shorten)}`];
  });
}

const shorten = (text: string) => (text.length > 60 ? `${text.slice(0, 60)}…` : text);
