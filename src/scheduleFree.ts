// What both Schedule-Free rules share, Defazio et al. 2024, https://arxiv.org/abs/2405.15682.

import { raise } from "./arithmetic.js";
import type { Quantity } from "./define.js";
import type { Sweep } from "./sweep.js";
import type { Kernels } from "./wasm.js";

/** Hyper-parameters of the average. */
export const averaging = {
  warmup: [0, "[0,inf)", "steps over which the rate rises to lr"],
  r: [0, "[0,inf)", "power of the step's number in its weight in the average"],
  weightPower: [2, "[0,inf)", "power of the rate in the same weight"],
} as const satisfies { [name: string]: Quantity };

/** Carried numbers: the rate of the step, the largest so far, the sum of the weights, the step's share of it. */
export const weights = { rate: 0, rateMax: 0, weightSum: 0, share: 0 };

/** Brings the carried numbers forward to step t. */
export function advance(
  { lr, warmup, r, weightPower }: { readonly [name in "lr" | keyof typeof averaging]: number },
  t: number,
  carry: Float64Array,
): void {
  const rate = warmup > 0 ? lr * Math.min(1, t / warmup) : lr;
  const rateMax = Math.max(carry[1] as number, rate);
  const weight = raise(t, r) * raise(rateMax, weightPower);
  const weightSum = (carry[2] as number) + weight;
  carry[0] = rate;
  carry[1] = rateMax;
  carry[2] = weightSum;
  carry[3] = weightSum > 0 ? weight / weightSum : 0;
}

/** Moves p from the points where gradients are taken to their average: x = y + (1 − 1/momentum)·(z − y). */
export function toAverage(k: Kernels, sweep: Sweep, p: number, z: number, momentum: number): void {
  sweep.scalars(1 - 1 / momentum);
  k.mean(sweep.begin, sweep.end, p, z, sweep.c);
}
