// The common part of both Schedule-Free rules, Defazio et al. 2024, https://arxiv.org/abs/2405.15682.

import type { Quantity } from "../engine/spec.js";
import type { EngineKernels } from "../kernels/generated.js";
import type { KernelArguments } from "../kernels/kernelArguments.js";
import { raise } from "../numerics/arithmetic.js";
import { indicesOf } from "./indices.js";

/** Hyper-parameters of the average. */
export const averaging = {
  /** Steps of a linear warm-up to lr. */
  warmup: [0, "[0,inf)"],
  /** Exponent of t in the weight of a step in the average. */
  r: [0, "[0,inf)"],
  /** Exponent of the largest rate in the weight of a step. */
  weightPower: [2, "[0,inf)"],
} as const satisfies { [name: string]: Quantity };

/** Carried numbers: the largest rate so far, the sum of the weights, the last step's share of the sum. */
export const weights = { rateMax: 0, weightSum: 0, share: 0 };

/** Their indices. */
export const carried = indicesOf("rateMax", "weightSum", "share");

type Averaging = { readonly [name in "lr" | keyof typeof averaging]: number };

/** Sets the learning rate of step t, also for weight decay. */
export function warmUp(args: KernelArguments, { lr, warmup }: Averaging, t: number): void {
  args.rate = lr * (t < warmup ? t / warmup : 1);
}

/** Updates the carried numbers for step t. */
export function advance({ rate }: KernelArguments, { r, weightPower }: Averaging, t: number, carry: Float64Array): void {
  const rateMax = Math.max(carry[carried.rateMax] as number, rate);
  // Shortcuts for the default exponents, because `raise` computes a series.
  const weight = (r === 0 ? 1 : raise(t, r)) * (weightPower === 2 ? rateMax * rateMax : raise(rateMax, weightPower));
  const weightSum = (carry[carried.weightSum] as number) + weight;
  carry[carried.rateMax] = rateMax;
  carry[carried.weightSum] = weightSum;
  carry[carried.share] = weightSum > 0 ? weight / weightSum : 0;
}

/** Moves p from the gradient point y to the average x = y + (1 − 1/momentum)·(z − y). */
export function toAverage(k: EngineKernels, args: KernelArguments, p: number, z: number, momentum: number): void {
  args.gains(1 - 1 / momentum);
  k.mix(args.begin, args.end, p, z, args.c);
}
