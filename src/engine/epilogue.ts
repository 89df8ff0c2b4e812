// The epilogue of a step, after the rule: proximal weight decay, Lookahead, averages of the parameters, zeroed gradients.

import { checkFeature, checkOptions } from "../checks/options.js";
import type { EngineKernels } from "../kernels/generated.js";
import type { KernelArguments } from "../kernels/kernelArguments.js";
import type { ArgumentSets } from "./argumentSets.js";
import { hasDecayPass, loadDecayPass } from "./decay.js";
import type { Group } from "./group.js";
import type { EngineAddresses, GroupLayout } from "./groupLayout.js";

/** An exponential moving average of the parameters. */
export interface EmaOptions {
  /** Share of the old average in the new one. Default 0.999, in [0,1). */
  readonly decay?: number;
  /** Whether update n uses min(decay, (1 + n)/(10 + n)) as its decay; update 0 is a copy. Default true. */
  readonly warmup?: boolean;
}

/** The mean of the parameters over steps. A group counts the steps in which it is not frozen. */
export interface SwaOptions {
  /** Steps before the average begins. Default 0, an integer of at least 0. */
  readonly start?: number;
  /** Steps between updates of the average. Default 1, an integer of at least 1. */
  readonly every?: number;
}

/** A slow copy of the parameters. Every few steps they restart from it. A group counts the steps in which it is not frozen. */
export interface LookaheadOptions {
  /** Steps between updates of the slow parameters. Default 5, an integer of at least 1. */
  readonly every?: number;
  /** Part of the distance to the parameters that an update covers. Default 0.5, in (0,1]. */
  readonly rate?: number;
}

/** The epilogue of a step, after the rule. */
export interface EpilogueOptions {
  /**
   * Keeps an exponential moving average of the parameters, `opt.average`. `eval()` shows it. The first step copies the parameters. Default
   * false; true takes the defaults of EmaOptions.
   */
  readonly ema?: boolean | EmaOptions;
  /**
   * Stochastic weight averaging, for flat minima: keeps the mean of the parameters, `opt.average`. `eval()` shows it. Izmailov et al. 2018,
   * https://arxiv.org/abs/1803.05407. Default false; true takes the defaults of SwaOptions. Together with `ema` it throws a TypeError.
   */
  readonly swa?: boolean | SwaOptions;
  /**
   * Lookahead: every few steps moves slow parameters, `opt.slow`, towards the parameters, then sets the parameters to the slow ones.
   * `eval()` shows the slow ones, unless there is an average. Default false; true takes the defaults of LookaheadOptions. Zhang et al.
   * 2019, https://arxiv.org/abs/1907.08610.
   */
  readonly lookahead?: boolean | LookaheadOptions;
  /** Whether `step()`, `accumulate()`, `observe()` and SAM's `shift()` set `grads` to 0 after use. Default false. */
  readonly zeroGrad?: boolean;
}

export const epilogueOptions = {
  ema: ["other", undefined],
  swa: ["other", undefined],
  lookahead: ["other", undefined],
  zeroGrad: ["boolean", false],
} as const;

/** The options, checked. */
export function readEpilogueOptions(rule: string, given: unknown) {
  const options = checkOptions(rule, given, epilogueOptions);
  const ema = checkFeature(`${rule}: ema`, options.ema, { decay: ["[0,1)", 0.999], warmup: ["boolean", true] });
  const swa = checkFeature(`${rule}: swa`, options.swa, { start: [0, 0], every: [1, 1] });
  const lookahead = checkFeature(`${rule}: lookahead`, options.lookahead, { every: [1, 5], rate: ["(0,1]", 0.5] });
  if (ema && swa) throw new TypeError(`${rule}: ema and swa expected one of them, got both`);
  return { ...options, ema, swa, lookahead };
}

type EpilogueSettings = ReturnType<typeof readEpilogueOptions>;

/** The epilogue of a step. It runs on each tile while the tile is in cache. */
export class Epilogue {
  readonly #settings: EpilogueSettings;
  readonly #kernels: EngineKernels;
  readonly #args: ArgumentSets;
  // The plan of this step.
  #decays = false;
  #syncs = false;
  #averages = false;
  #startsAverage = false;
  #clears = false;

  constructor(settings: EpilogueSettings, kernels: EngineKernels, args: ArgumentSets) {
    this.#settings = settings;
    this.#kernels = kernels;
    this.#args = args;
    if (settings.lookahead) args.slow.gains(settings.lookahead.rate);
  }

  /** Whether these options do nothing. Proximal decay is an option of groups. */
  get idle(): boolean {
    const { ema, swa, lookahead, zeroGrad } = this.#settings;
    return !(ema || swa || lookahead || zeroGrad);
  }

  get zeroGrad(): boolean {
    return this.#settings.zeroGrad;
  }

  /** Plans the epilogue of a group's next step. Returns false if it is empty. `args.rate` is the learning rate in proximal decay. */
  plan(group: Group, args: KernelArguments, absorbsDecay: boolean, clears: boolean): boolean {
    const { steps, averaged, hyperParameters } = group; // declarations would repeat this in the signature
    const { ema, swa, lookahead } = this.#settings;
    const { decay, values } = hyperParameters;
    this.#decays = hasDecayPass(decay, values.weightDecay as number, absorbsDecay);
    if (this.#decays) loadDecayPass(this.#args.proximal, args, values.weightDecay as number);
    this.#syncs = lookahead !== undefined && (steps + 1) % lookahead.every === 0;
    this.#averages = ema !== undefined || (swa !== undefined && steps >= swa.start && (steps - swa.start) % swa.every === 0);
    this.#startsAverage = averaged === 0;
    if (ema) this.#args.average.gains(1 - (ema.warmup ? Math.min(ema.decay, (1 + averaged) / (10 + averaged)) : ema.decay));
    else if (swa) this.#args.average.gains(1 / (averaged + 1));
    this.#clears = clears;
    return this.#decays || this.#syncs || this.#averages || this.#clears;
  }

  /** Before the first step of a group, copies its parameters to Lookahead's slow ones. */
  startAverages({ group, parts }: GroupLayout): void {
    if (this.#settings.lookahead && group.steps === 0) this.#start(parts);
  }

  #start(parts: GroupLayout["parts"]): void {
    for (const { length, at } of parts) this.#kernels.copy(0, length, at.p, at.slow);
  }

  /** Applies the plan to the elements begin … end. */
  apply(begin: number, end: number, { p, g, slow, average }: EngineAddresses): void {
    const k = this.#kernels;
    const args = this.#args;
    if (this.#decays) k.decay(begin, end, p, args.proximal.c);
    if (this.#syncs) {
      k.mix(begin, end, slow, p, args.slow.c);
      k.copy(begin, end, slow, p);
    }
    if (this.#averages) {
      if (this.#startsAverage) k.copy(begin, end, p, average);
      else k.mix(begin, end, average, p, args.average.c);
    }
    if (this.#clears) k.setZero(begin, end, g);
  }

  /** Counts the group's updates of the average. */
  countStep(group: Group): void {
    if (this.#averages) group.averaged += 1;
  }

  /** Sets the parameters of a group to its average or its slow parameters. Returns false if it has neither. */
  showEvaluation({ group, parts }: GroupLayout): boolean {
    const array = group.averaged > 0 ? "average" : this.#settings.lookahead && group.steps > 0 ? "slow" : undefined;
    if (array) for (const { length, at } of parts) this.#kernels.copy(0, length, at[array], at.p);
    return array !== undefined;
  }
}
