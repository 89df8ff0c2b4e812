// What both Schedule-Free rules share, Defazio et al. 2024, https://arxiv.org/abs/2405.15682.

import type { Quantity } from "../engine/spec.js";
import type { KernelArguments } from "../kernels/kernelArguments.js";
import type { Kernels } from "../kernels/wasm.js";
import { raise } from "../numerics/arithmetic.js";

/** Hyper-parameters of the average. */
export const averaging = {
  warmup: [0, "[0,inf)", "steps over which the rate rises to lr"],
  r: [0, "[0,inf)", "power of the step's number in its weight in the average"],
  weightPower: [2, "[0,inf)", "power of the rate in the same weight"],
} as const satisfies { [name: string]: Quantity };

/** Carried numbers: the largest rate so far, the sum of the weights, the step's share of it. */
export const weights = { rateMax: 0, weightSum: 0, share: 0 };

type Averaging = { readonly [name in "lr" | keyof typeof averaging]: number };

/** Sets the rate of step t, which decay goes by too. */
export function warmUp(args: KernelArguments, { lr, warmup }: Averaging, t: number): void {
  args.rate = lr * (t < warmup ? t / warmup : 1);
}

/** Brings the carried numbers forward to step t. */
export function advance({ rate }: KernelArguments, { r, weightPower }: Averaging, t: number, carry: Float64Array): void {
  const rateMax = Math.max(carry[0] as number, rate);
  // The defaults are powers without a series.
  const weight = (r === 0 ? 1 : raise(t, r)) * (weightPower === 2 ? rateMax * rateMax : raise(rateMax, weightPower));
  const weightSum = (carry[1] as number) + weight;
  carry[0] = rateMax;
  carry[1] = weightSum;
  carry[2] = weightSum > 0 ? weight / weightSum : 0;
}

/**
 * What every kind of weight decay adds to the direction, times p: to take it from p alone would leave z behind. The kernels
 * multiply it by the rate again.
 */
export function decayOf({ inside, decay, rate }: KernelArguments): number {
  return rate > 0 ? inside + decay / rate : inside;
}

/** Moves p from the points where gradients are taken to their average: x = y + (1 − 1/momentum)·(z − y). */
export function toAverage(k: Kernels, args: KernelArguments, p: number, z: number, momentum: number): void {
  args.gains(1 - 1 / momentum);
  k.mix(args.begin, args.end, p, z, args.c);
}
