// Gradient processing before the rule, in this order: division by loss scale and accumulated weight; clipping by element, unit, tensor
// and global norm; centralization; noise; limiting to the rule's `gradientLimit`.

import { largestF32 } from "../checks/check.js";
import { NonFiniteError, show } from "../checks/errors.js";
import type { EngineKernels } from "../kernels/generated.js";
import type { KernelArguments } from "../kernels/kernelArguments.js";
import { raiseIn } from "../numerics/arithmetic.js";
import { float, type Shape } from "../numerics/shape.js";
import type { ActiveGroups } from "./activeGroups.js";
import type { ArgumentSets } from "./argumentSets.js";
import type { GradientSettings, NoiseOptions, NonFinitePolicy } from "./gradientOptions.js";
import type { Run } from "./groupLayout.js";
import { LossScale, type LossScaleProgress } from "./lossScale.js";
import type { Spec } from "./spec.js";

/** The limit for rules that do not square gradients. Sums of 2^20 gradients do not overflow, nor does a gradient times a large rate. */
const defaultLimit = 2 ** 100;

const rowsOf = (shape: Shape) => (shape.length > 1 ? (shape[0] as number) : 1);

/** The numbers of gradient processing that steps change. */
export interface GradientProgress {
  /** Skipped steps. */
  readonly skipped: number;
  /** Skipped steps since the last completed step. */
  readonly skippedInRow: number;
  /** The norm that `clipNorm` compared at the last step. */
  readonly norm: number;
  readonly lossScale?: LossScaleProgress;
}

/** Processes the gradients of one optimizer before its rule sees them. */
export class GradientProcessing {
  readonly lossScale: LossScale | undefined;
  readonly nonFinite: NonFinitePolicy;
  /** Skipped steps. */
  skipped = 0;
  #skippedInRow = 0;

  readonly #rule: string;
  readonly #settings: GradientSettings;
  #kernels: EngineKernels;
  readonly #groups: ActiveGroups;
  #args: KernelArguments;
  #search: KernelArguments;
  #sets: ArgumentSets;
  readonly #factor = Float64Array.of(1);
  // The standard deviation of the noise, and the exponent in its formula.
  readonly #deviation = new Float64Array(2);
  // The factors for which the scalars of the sets `search` and `factor` are loaded.
  readonly #loaded = Float64Array.of(Number.NaN, Number.NaN);
  /** The rule's `gradientLimit`. */
  readonly #limit: number;
  // Whether a gradient of this step exceeds the limit.
  #tooLarge = false;
  // Whether the gradients of the next step are known to be within the limit.
  #vouched = false;
  // Whether `clipNorm` measures the norm before any processing.
  readonly #normFirst: boolean;
  readonly #norm = Float64Array.of(Number.NaN);

  constructor(
    { name, gradientLimit = defaultLimit }: Pick<Spec, "name" | "gradientLimit">,
    settings: GradientSettings,
    kernels: EngineKernels,
    groups: ActiveGroups,
    sets: ArgumentSets,
  ) {
    const { clipNorm, clipValue, clipAdaptive, clipTensorNorm } = settings;
    this.lossScale = settings.lossScale && new LossScale(settings.lossScale);
    this.nonFinite = settings.nonFinite;
    this.#rule = name;
    this.#limit = gradientLimit;
    this.#settings = settings;
    this.#kernels = kernels;
    this.#groups = groups;
    this.#sets = sets;
    this.#args = sets.engine;
    this.#search = sets.search;
    this.#normFirst = clipNorm !== undefined && !clipValue && !clipAdaptive && !clipTensorNorm;
  }

  /** The norm that `clipNorm` compared at the last step. */
  get norm(): number {
    return this.#norm[0] as number;
  }

  /** The factor by which the rule multiplies the gradients. `start` sets it, `apply` changes it. */
  get factor(): number {
    return this.#factor[0] as number;
  }

  /** Sets the factor of a step's gradients: sign / (loss scale · weight). The weight is in a cell; without it, or at 0, it is 1. */
  start(sign: number, weight?: Float64Array): void {
    let divisor = this.lossScale ? this.lossScale.factor : 1;
    if (weight !== undefined && (weight[0] as number) > 0) divisor *= weight[0] as number;
    this.#factor[0] = sign / divisor;
  }

  /** Sets the factor of a two-phase rule's shift, which takes in no gradients of a scaled loss. */
  startShift(sign: number): void {
    this.#factor[0] = sign;
  }

  /** Hands the factor to the rule. */
  loadFactor(args: KernelArguments): void {
    args.scaleFrom(this.#factor);
  }

  /** The largest gradient, or sum of gradients with this total weight, that a step does not limit. */
  limitFor(weight: number): number {
    return Math.min(this.#limit * weight * (this.lossScale?.factor ?? 1), largestF32);
  }

  /** The next step need not search: a pass over its gradients has found them within `limitFor`. */
  vouch(): void {
    this.#vouched = true;
  }

  /** The next step searches. */
  forget(): void {
    this.#vouched = false;
  }

  /**
   * Whether the step may run: `nonFinite` is "allow", or all gradients are finite. If `clipNorm` measures the norm first, the norm replaces
   * the search.
   */
  admits(): boolean {
    if (this.#normFirst) {
      this.#vouched = false;
      this.#measure();
      return this.nonFinite === "allow" || this.norm < Infinity;
    }
    return this.finite();
  }

  /** Whether `nonFinite` is "allow", or a search finds all gradients finite. The search also finds gradients above the rule's limit. */
  finite(): boolean {
    const vouched = this.#vouched;
    this.#tooLarge = this.#vouched = false;
    if (vouched || this.nonFinite === "allow") return true;
    if (this.#loaded[0] !== this.#factor[0]) this.#prepareSearch();
    if (this.#allWithin(this.#search.c)) return true;
    this.#tooLarge = true;
    this.#args.scalars<"allWithin">("limit", largestF32);
    return this.#allWithin(this.#args.c);
  }

  /** Whether these options leave the gradients as they are. */
  get idle(): boolean {
    const { clipValue, clipAdaptive, clipTensorNorm, clipNorm, centralize, noise, lossScale } = this.#settings;
    return !(clipValue || clipAdaptive || clipTensorNorm || clipNorm || centralize || noise || lossScale);
  }

  /** For a short step with this factor: whether `nonFinite` is "allow", or no gradient of the run exceeds the rule's limit. */
  usual(kernels: EngineKernels, factor: number, { length, at }: Run): boolean {
    if (this.nonFinite === "allow") return true;
    this.#factor[0] = factor;
    if (this.#loaded[0] !== factor) this.#prepareSearch();
    return kernels.allWithin(0, length, at.g, this.#search.c) !== 0;
  }

  /** Limits gradients to the rule's limit, after `finite` or `apply`. */
  limit(): void {
    if (this.#tooLarge) this.#clipValues(this.#limit);
  }

  /** Loads the limit of the search, which depends on the factor. Most steps have the same factor as the previous one. */
  #prepareSearch(): void {
    this.#loaded[0] = this.factor;
    this.#search.scalars<"allWithin">("limit", Math.min(this.#limit / this.#size, largestF32));
  }

  /** Whether no gradient exceeds the scalar at `c`. */
  #allWithin(c: number): boolean {
    const { runs } = this.#groups;
    for (let i = 0; i < runs.length; i++) {
      const { length, at } = runs[i] as Run;
      if (!this.#kernels.allWithin(0, length, at.g, c)) return false;
    }
    return true;
  }

  /** Counts a skipped step. Throws if the policy is "throw", or after `maxSkips` in a row. */
  refuse(step: number, parameter: string | undefined): void {
    const { maxSkips } = this.#settings;
    const what = `${this.#rule}: step ${step}: the gradient of ${show(parameter)} is not finite`;
    if (this.nonFinite === "throw") throw new NonFiniteError(what, step, parameter);
    if (this.#skippedInRow === maxSkips) throw new NonFiniteError(`${what}, after ${maxSkips} skipped in a row`, step, parameter);
    this.lossScale?.backOff();
    this.skipped += 1;
    this.#skippedInRow += 1;
  }

  /** Throws if `refuse` would. Counts nothing. */
  checkRefusal(step: number, parameter: string | undefined): void {
    const { progress } = this;
    this.refuse(step, parameter);
    this.progress = progress;
  }

  /** Counts a completed step. */
  countStep(): void {
    this.lossScale?.grow();
    this.#skippedInRow = 0;
  }

  get progress(): GradientProgress {
    const { skipped, norm, lossScale } = this;
    const numbers = { skipped, skippedInRow: this.#skippedInRow, norm };
    return lossScale ? { ...numbers, lossScale: lossScale.progress } : numbers;
  }

  set progress({ skipped, skippedInRow, norm, lossScale }: GradientProgress) {
    this.#vouched = false;
    this.skipped = skipped;
    this.#skippedInRow = skippedInRow;
    this.#norm[0] = norm;
    if (this.lossScale && lossScale) this.lossScale.progress = lossScale;
  }

  /** Releases the memory; the numbers stay. */
  release(): void {
    this.#kernels = this.#args = this.#search = this.#sets = undefined as never;
  }

  /** Processes the gradients of step t, after `admits`. The rule applies `factor`. */
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

  /** The factor without its sign. */
  get #size(): number {
    return Math.abs(this.factor);
  }

  #measure(): void {
    const { runs } = this.#groups;
    const norm = this.#norm;
    norm[0] = 0;
    for (let i = 0; i < runs.length; i++) {
      const { length, at } = runs[i] as Run;
      this.#kernels.dot(0, length, at.g, at.g, this.#args.r);
      norm[0] += this.#args.sum;
    }
    norm[0] = this.#size * Math.sqrt(norm[0]);
  }

  #clipValues(limit: number): void {
    const bound = Math.min(limit / this.#size, largestF32);
    this.#args.scalars<"clamp">("low", -bound, "high", bound);
    for (const { length, at } of this.#groups.runs) this.#kernels.clamp(0, length, at.g, this.#args.c);
  }

  /** Clips tensor by tensor. */
  #clipTensors(): void {
    const { clipAdaptive, clipTensorNorm } = this.#settings;
    if (!clipAdaptive && !clipTensorNorm) return;
    for (const tensor of this.#groups.tensors) {
      if (clipAdaptive) this.#clipAdaptive(clipAdaptive, tensor);
      if (clipTensorNorm) this.#clipTensor(clipTensorNorm, tensor);
    }
  }

  #clipAdaptive(clip: number, { shape, length, at: { p, g } }: Run): void {
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
    if (factor < 1) this.#factor[0] = (this.#factor[0] as number) * factor;
    // The norm is NaN. As for an infinite norm, the factor 0 zeroes all finite gradients.
    else if (Number.isNaN(factor)) this.#factor[0] = 0;
  }

  /** Multiplies the gradients by the factor without its sign. The rule applies the sign. */
  #applyFactor(): void {
    const factor = this.#factor;
    if (factor[0] === 1 || factor[0] === -1) return;
    if (this.#loaded[1] !== factor[0]) this.#prepareFactor();
    for (const { length, at } of this.#groups.runs) this.#kernels.scal(0, length, at.g, this.#sets.factor.c);
    factor[0] = (factor[0] as number) < 0 ? -1 : 1;
  }

  #prepareFactor(): void {
    this.#loaded[1] = this.factor;
    this.#sets.factor.scalars<"scal">("alpha", this.#size);
  }

  #centralize(): void {
    for (const { shape, length, at } of this.#groups.tensors)
      if (shape.length > 1) this.#kernels.centralize(rowsOf(shape), length / rowsOf(shape), at.g);
  }

  /** The noise of an element depends on its index among all parameters. */
  #addNoise({ eta, gamma, seed }: Required<NoiseOptions>, t: number): void {
    if (this.factor === 0) return; // the norm was not finite
    this.#applyFactor(); // before the noise: noise divided by a small factor could overflow
    const deviation = this.#deviation;
    deviation[0] = 1 + t;
    deviation[1] = -gamma / 2;
    raiseIn(deviation);
    deviation[0] *= Math.sqrt(eta);
    if (8 * deviation[0] > this.#limit) this.#tooLarge = true; // no noise is above 6.8 times its deviation
    this.#args.scalarFrom<"noise">("deviation", deviation);
    for (const { index, length, at } of this.#groups.runs) {
      // The kernel adds the index to the address. A negative address wraps around; adding the index wraps it back.
      this.#kernels.noise(index, index + length, at.g - index * float, seed, t, this.#args.c);
    }
  }
}
