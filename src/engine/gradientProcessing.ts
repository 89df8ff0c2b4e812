// What is done to gradients before the rule sees them, in this order: divided by the loss scale and by the weight of what was
// accumulated; clipped: elements, units, tensors, all; centralized; noise added; limited to what the rule can take.

import { checkNumber, checkUint32, largestF32 } from "../checks/check.js";
import { NonFiniteError, show, wrongValue } from "../checks/errors.js";
import { checkFeature, checkOptions } from "../checks/options.js";
import type { KernelArguments } from "../kernels/kernelArguments.js";
import type { Kernels } from "../kernels/wasm.js";
import { raiseIn } from "../numerics/arithmetic.js";
import { float, type Shape } from "../numerics/shape.js";
import type { GroupLayout, Run } from "./groupLayout.js";
import { LossScale, type LossScaleOptions } from "./lossScale.js";
import type { Spec } from "./spec.js";

/** Gaussian noise of variance eta/(1 + t)^gamma on each gradient, t completed steps. */
export interface NoiseOptions {
  readonly eta: number;
  /** Default 0.55, the paper's; 0 keeps the variance. */
  readonly gamma?: number;
  /** Integer that fixes the noise, the same on every engine. Default 0. */
  readonly seed?: number;
}

/** What a step does about gradients that are NaN or infinite. */
export type NonFinitePolicy = (typeof nonFinitePolicies)[number];

const nonFinitePolicies = ["throw", "skip", "allow"] as const;

/**
 * What is done to gradients before the rule sees them. Clipping but by `clipNorm`, centralization and noise write into `grads`, or into
 * the sum of what was accumulated. Frozen groups do not count. The gradient that `sam` climbs along is only averaged.
 */
export interface GradientOptions {
  /** Whether to climb along the gradient. Default false. */
  readonly maximize?: boolean;
  /** Limits each element to ±clipValue. */
  readonly clipValue?: number;
  /**
   * Limits the norm of each unit's gradient to this many times that of its parameters, or of 1e-3 where that is less. A unit is a
   * row: all axes but the first; a vector is one. Brock et al. 2021, https://arxiv.org/abs/2102.06171.
   */
  readonly clipAdaptive?: number;
  /** Limits the norm of each tensor. */
  readonly clipTensorNorm?: number;
  /**
   * Limits the norm of all gradients together, as PyTorch's clip_grad_norm_ does: Pascanu et al. 2013,
   * https://arxiv.org/abs/1211.5063. With Infinity it is only measured, for `gradNorm`.
   */
  readonly clipNorm?: number;
  /** Takes the mean of each row away, of tensors of two and more axes: Yong et al. 2020, https://arxiv.org/abs/2004.01461. */
  readonly centralize?: boolean;
  /** Adds noise: Neelakantan et al. 2015, https://arxiv.org/abs/1511.06807. */
  readonly noise?: NoiseOptions;
  /** Lays out the array that `accumulate()` sums up gradients in. Default false. */
  readonly accumulate?: boolean;
  /**
   * Multiply the loss by `opt.lossScale` before its gradient is computed (to `fit`, return the loss itself), and the step divides by it.
   * The factor grows when all
   * goes well, and shrinks when gradients overflow; that step is skipped.
   */
  readonly lossScale?: boolean | LossScaleOptions;
  /**
   * What `step()` does when a gradient is NaN or infinite: `throw` (default) a NonFiniteError, with nothing changed; `skip`
   * (default with `lossScale`), which leaves parameters, state and t as they are; `allow` goes on, and spares the search. A
   * limit of `clipNorm` then takes all other gradients for 0. The search also finds finite gradients that are too large to be computed
   * with (`gradientLimit` of the spec: 2^60 for rules that square them) and limits them, in `grads`; with `allow` they may make
   * parameters NaN. Between `shift()` and `step()`, what is thrown leaves the shift; after
   * `accumulate()`, it leaves the sum, until `discard()`.
   */
  readonly nonFinite?: NonFinitePolicy;
  /** How many steps may be skipped in a row: one more throws. Default 20. */
  readonly maxSkips?: number;
}

export const gradientOptions = {
  maximize: ["boolean", false],
  clipValue: ["(0,inf)", undefined],
  clipAdaptive: ["(0,inf)", undefined],
  clipTensorNorm: ["(0,inf)", undefined],
  clipNorm: ["other", undefined],
  centralize: ["boolean", false],
  noise: ["other", undefined],
  accumulate: ["boolean", false],
  lossScale: ["other", undefined],
  nonFinite: [nonFinitePolicies, undefined],
  maxSkips: [1, 20],
} as const;

/** The options, checked. */
export function readGradientOptions(rule: string, given: unknown) {
  const options = checkOptions(rule, given, gradientOptions);
  const { clipNorm } = options;
  if (clipNorm !== undefined && clipNorm !== Infinity) checkNumber(`${rule}: clipNorm`, "(0,inf)", clipNorm);
  const noise = checkFeature(`${rule}: noise`, options.noise, { eta: ["[0,inf)"], gamma: ["[0,inf)", 0.55], seed: [0, 0] });
  if (noise) checkUint32(`${rule}: noise: seed`, 0, noise.seed);
  const lossScale = LossScale.read(`${rule}: lossScale`, options.lossScale);
  const nonFinite = options.nonFinite ?? (lossScale ? "skip" : "throw");
  if (lossScale && nonFinite !== "skip") throw wrongValue(`${rule}: nonFinite`, `"skip" with lossScale`, nonFinite);
  const { clipValue, clipAdaptive, clipTensorNorm, centralize } = options;
  const writesGrads = Boolean(clipValue || clipAdaptive || clipTensorNorm || centralize || noise);
  return { ...options, clipNorm: clipNorm as number | undefined, noise, lossScale, nonFinite, writesGrads };
}

type Settings = ReturnType<typeof readGradientOptions>;

/** For rules that do not square gradients: so that no sum of 2^20 of them overflows, nor one multiplied by a large rate. */
const usualLimit = 2 ** 100;

const rowsOf = (shape: Shape) => (shape.length > 1 ? (shape[0] as number) : 1);

/** Scalars and sums of kernels; those of the search, its limit, and of the factor of gradients stay from step to step where they are the same. */
export interface GradientArguments {
  readonly own: KernelArguments;
  readonly search: KernelArguments;
  readonly factor: KernelArguments;
}

/** Conditions the gradients of one optimizer. */
export class GradientProcessing {
  /** What the rule multiplies gradients by. Set before `admits`; `apply` makes it smaller. */
  readonly scale: Float64Array;
  readonly lossScale: LossScale | undefined;
  readonly nonFinite: NonFinitePolicy;
  /** Steps that were skipped, all of them and those since the last that was not. */
  skipped = 0;
  #inRow = 0;

  readonly #rule: string;
  readonly #settings: Settings;
  readonly #kernels: Kernels;
  readonly #ranges: readonly GroupLayout[];
  readonly #args: KernelArguments;
  readonly #search: KernelArguments;
  readonly #factor: KernelArguments;
  // Of the noise; and the exponent that makes it.
  readonly #deviation = new Float64Array(2);
  // The factors of gradients that the scalars of both are for.
  readonly #known = Float64Array.of(Number.NaN, Number.NaN);
  /** The largest gradient that the rule takes. */
  readonly #limit: number;
  // Whether a gradient of this step is larger than that limit.
  #tooLarge = false;
  // Whether the norm is that of gradients as they come.
  readonly #normFirst: boolean;
  readonly #norm = Float64Array.of(Number.NaN);

  constructor(
    { name, gradientLimit = usualLimit }: Pick<Spec, "name" | "gradientLimit">,
    settings: Settings,
    kernels: Kernels,
    ranges: readonly GroupLayout[],
    { own, search, factor }: GradientArguments,
    scale: Float64Array,
  ) {
    const { clipNorm, clipValue, clipAdaptive, clipTensorNorm } = settings;
    this.scale = scale;
    this.lossScale = settings.lossScale;
    this.nonFinite = settings.nonFinite;
    this.#rule = name;
    this.#limit = gradientLimit;
    this.#settings = settings;
    this.#kernels = kernels;
    this.#ranges = ranges;
    this.#args = own;
    this.#search = search;
    this.#factor = factor;
    this.#normFirst = clipNorm !== undefined && !clipValue && !clipAdaptive && !clipTensorNorm;
  }

  /** The norm that `clipNorm` compared at the last step. */
  get norm(): number {
    return this.#norm[0] as number;
  }

  /** Whether all gradients are finite, or need not be. The norm tells, where it is known. */
  admits(): boolean {
    if (this.#normFirst) this.#measure();
    if (this.#normFirst) return this.nonFinite === "allow" || this.norm < Infinity;
    return this.finite();
  }

  /** The same, by a search. It also tells whether some are too large for the rule. */
  finite(): boolean {
    this.#tooLarge = false;
    if (this.nonFinite === "allow") return true;
    if (this.#known[0] !== this.scale[0]) this.#prepareSearch();
    if (this.#within(this.#search.c)) return true;
    this.#tooLarge = true;
    this.#args.scalars<"allWithin">("limit", largestF32);
    return this.#within(this.#args.c);
  }

  /** Limits gradients to what the rule can take, after `finite` or `apply`. */
  limit(): void {
    if (this.#tooLarge) this.#clipValues(this.#limit);
  }

  /** Sets the limit for gradients that are multiplied by this factor; mostly it is that of the step before. */
  #prepareSearch(): void {
    this.#known[0] = this.scale[0] as number;
    this.#search.scalars<"allWithin">("limit", Math.min(this.#limit / this.#size, largestF32));
  }

  /** Whether no gradient is larger than the scalar at `c`. */
  #within(c: number): boolean {
    const ranges = this.#ranges;
    for (let i = 0; i < ranges.length; i++) {
      const { group, runs } = ranges[i] as GroupLayout;
      if (group.frozen) continue;
      for (let j = 0; j < runs.length; j++) {
        const { length, at } = runs[j] as Run;
        if (!this.#kernels.allWithin(0, length, at.g, c)) return false;
      }
    }
    return true;
  }

  /** Counts a step that is skipped, unless the policy or the number of them forbids it: throws then. */
  refuse(step: number, parameter: string | undefined): void {
    const { maxSkips } = this.#settings;
    const what = `${this.#rule}: step ${step}: the gradient of ${show(parameter)} is not finite`;
    if (this.nonFinite === "throw") throw new NonFiniteError(what, step, parameter);
    if (this.#inRow === maxSkips) throw new NonFiniteError(`${what}, after ${maxSkips} skipped in a row`, step, parameter);
    this.lossScale?.backOff();
    this.skipped += 1;
    this.#inRow += 1;
  }

  /** Counts a step that was done. */
  countStep(): void {
    this.lossScale?.grow();
    this.#inRow = 0;
  }

  /** Copies what steps change; the result puts it back. */
  snapshot(): () => void {
    const { lossScale, skipped } = this;
    const [inRow, norm, scale] = [this.#inRow, this.norm, lossScale?.snapshot()];
    return () => {
      this.skipped = skipped;
      this.#inRow = inRow;
      this.#norm[0] = norm;
      scale?.();
    };
  }

  /** What steps change and the next one goes by: the steps that were skipped, those in a row, the numbers of the loss scale. */
  get progress(): readonly number[] {
    return [this.skipped, this.#inRow, ...(this.lossScale?.numbers ?? [])];
  }

  set progress([skipped = 0, inRow = 0, ...numbers]: readonly number[]) {
    this.skipped = skipped;
    this.#inRow = inRow;
    if (this.lossScale && numbers.length > 0) this.lossScale.numbers = numbers;
  }

  /** Does what the options say to the gradients of step t, after `admits`; what is left to the rule is in `scale`. */
  apply(t: number): void {
    const { clipValue, clipNorm, noise } = this.#settings;
    if (clipValue !== undefined) this.#clipValues(clipValue);
    this.#clipTensors();
    if (clipNorm !== undefined) {
      if (!this.#normFirst) this.#measure();
      this.#clipAll(clipNorm);
    }
    if (this.#settings.centralize) this.#centralize();
    if (noise !== undefined) this.#addNoise(noise, t);
    this.limit();
  }

  /** What a gradient is multiplied by, without its sign. */
  get #size(): number {
    return Math.abs(this.scale[0] as number);
  }

  #measure(): void {
    const ranges = this.#ranges;
    const norm = this.#norm;
    norm[0] = 0;
    for (let i = 0; i < ranges.length; i++) {
      const { group, runs } = ranges[i] as GroupLayout;
      if (group.frozen) continue;
      for (let j = 0; j < runs.length; j++) {
        const { length, at } = runs[j] as Run;
        this.#kernels.dot(0, length, at.g, at.g, this.#args.r);
        norm[0] += this.#args.sum;
      }
    }
    norm[0] = this.#size * Math.sqrt(norm[0]);
  }

  #clipValues(limit: number): void {
    const bound = Math.min(limit / this.#size, largestF32);
    this.#args.scalars<"clamp">("low", -bound, "high", bound);
    for (const { group, runs } of this.#ranges) {
      if (!group.frozen) for (const { length, at } of runs) this.#kernels.clamp(0, length, at.g, this.#args.c);
    }
  }

  /** What looks at one tensor alone. */
  #clipTensors(): void {
    const { clipAdaptive, clipTensorNorm } = this.#settings;
    if (!clipAdaptive && !clipTensorNorm) return;
    for (const { group, tensors } of this.#ranges) {
      if (group.frozen) continue;
      for (const tensor of tensors) {
        if (clipAdaptive) this.#clipUnits(clipAdaptive, tensor);
        if (clipTensorNorm) this.#clipTensor(clipTensorNorm, tensor);
      }
    }
  }

  #clipUnits(clip: number, { shape, length, at: { p, g } }: Run): void {
    const { c, r } = this.#args;
    this.#args.scalars<"clipAdaptive">("clip", clip, "factor", this.#size);
    this.#kernels.clipAdaptive(rowsOf(shape), length / rowsOf(shape), p, g, c, r);
  }

  #clipTensor(limit: number, { length, at: { g } }: Run): void {
    const { c, r } = this.#args;
    this.#kernels.dot(0, length, g, g, r);
    const factor = limit / (this.#size * Math.sqrt(this.#args.sum) + 1e-6); // 1e-6 as in PyTorch
    if (!(factor < 1)) return;
    this.#args.scalars<"scal">("alpha", factor);
    this.#kernels.scal(0, length, g, c);
  }

  #clipAll(limit: number): void {
    this.#tooLarge = this.norm < Infinity && Math.min(this.norm, limit) > this.#limit;
    if (limit === Infinity) return;
    const factor = limit / (this.norm + 1e-6); // 1e-6 as in PyTorch
    if (factor < 1) this.scale[0] = (this.scale[0] as number) * factor;
    // As for an infinite norm: nothing moves but where the gradient is not finite.
    else if (Number.isNaN(factor)) this.scale[0] = 0;
  }

  /** Multiplies gradients by their factor, of which only the sign is left to the rule. */
  #applyScale(): void {
    const { scale } = this;
    if (scale[0] === 1 || scale[0] === -1) return;
    if (this.#known[1] !== scale[0]) this.#prepareFactor();
    for (const { group, runs } of this.#ranges) {
      if (!group.frozen) for (const { length, at } of runs) this.#kernels.scal(0, length, at.g, this.#factor.c);
    }
    scale[0] = (scale[0] as number) < 0 ? -1 : 1;
  }

  #prepareFactor(): void {
    this.#known[1] = this.scale[0] as number;
    this.#factor.scalars<"scal">("alpha", this.#size);
  }

  #centralize(): void {
    for (const { group, tensors } of this.#ranges) {
      if (group.frozen) continue;
      for (const { shape, length, at } of tensors) {
        if (shape.length > 1) this.#kernels.centralize(rowsOf(shape), length / rowsOf(shape), at.g);
      }
    }
  }

  /** An element's noise depends on its place among all parameters. */
  #addNoise({ eta, gamma, seed }: Required<NoiseOptions>, t: number): void {
    if (this.scale[0] === 0) return; // the norm was not finite
    this.#applyScale(); // first: noise divided by a small factor could overflow
    const deviation = this.#deviation;
    deviation[0] = 1 + t;
    deviation[1] = -gamma / 2;
    raiseIn(deviation);
    deviation[0] *= Math.sqrt(eta);
    if (8 * deviation[0] > this.#limit) this.#tooLarge = true; // no noise is above 6.8 times its deviation
    this.#args.scalarFrom<"noise">("deviation", deviation);
    for (const { group, runs } of this.#ranges) {
      if (group.frozen) continue;
      for (const { index, length, at } of runs) {
        // The address of the first of all, were they neighbours. Below 0 it wraps around, and back when the kernel adds the index.
        this.#kernels.noise(index, index + length, at.g - index * float, seed, t, this.#args.c);
      }
    }
  }
}
