// One step: gradient processing, the rule, the epilogue.

import { largestF32 } from "../checks/check.js";
import type { EngineKernels } from "../kernels/generated.js";
import type { KernelArguments } from "../kernels/kernelArguments.js";
import type { Views } from "../memory/layout.js";
import type { ThreadedKernels } from "../threads/threadedKernels.js";
import type { ActiveGroups } from "./activeGroups.js";
import { loadDecay } from "./decay.js";
import type { Epilogue } from "./epilogue.js";
import type { GradientProcessing } from "./gradientProcessing.js";
import type { Group } from "./group.js";
import type { GroupLayout, Run } from "./groupLayout.js";
import type { CallLock } from "./lock.js";
import type { OptimizerMemory } from "./optimizerMemory.js";
import { climb, type SamOptions } from "./sam.js";
import { ShortStep } from "./shortStep.js";
import type { Hypers, Pass, Slots, Spec } from "./spec.js";
import type { OptimizerState } from "./state.js";

// Steps between passes that set subnormal numbers of the state to 0. Operations on subnormal numbers take many times as long. The passes
// cost 1 % at most and keep these numbers few.
const flushPeriod = 64;

// Elements of a tile. With an epilogue, a step runs tile by tile, so that the epilogue finds the tile in cache.
const tile = 8192;

/** The parts of a step. */
export interface StepParts<P, H extends Hypers, S extends Slots> {
  readonly spec: Spec<H, S>;
  readonly memory: OptimizerMemory<P, H, S>;
  readonly groups: ActiveGroups;
  readonly kernels: EngineKernels;
  /** The kernels shared by threads. */
  readonly threads: ThreadedKernels | undefined;
  readonly gradients: GradientProcessing;
  readonly epilogue: Epilogue;
  readonly state: OptimizerState<P, H, S>;
  readonly sam: Required<SamOptions> | undefined;
  /** 1, or -1 with `maximize`. */
  readonly sign: number;
  /** Whether there is an array for accumulated gradients. */
  readonly accumulates: boolean;
  /** Sets the scheduled hyper-parameters of this step. */
  readonly acceptSchedules: () => void;
}

/** The steps of one optimizer. Callers check first that the call is allowed. */
export class Step<P, H extends Hypers, S extends Slots> {
  readonly #spec: Spec<H, S>;
  readonly #memory: OptimizerMemory<P, H, S>;
  readonly #groups: ActiveGroups;
  readonly #layouts: readonly GroupLayout<H, S>[];
  readonly #kernels: EngineKernels;
  readonly #threads: ThreadedKernels | undefined;
  readonly #gradients: GradientProcessing;
  readonly #epilogue: Epilogue;
  readonly #state: OptimizerState<P, H, S>;
  readonly #sam: Required<SamOptions> | undefined;
  readonly #sign: number;
  readonly #accumulates: boolean;
  readonly #acceptSchedules: () => void;
  // Arguments of the rule's kernels and of the engine's kernels.
  readonly #ruleArgs: KernelArguments;
  readonly #args: KernelArguments;

  constructor(parts: StepParts<P, H, S>, ruleArgs: KernelArguments, args: KernelArguments) {
    this.#spec = parts.spec;
    this.#memory = parts.memory;
    this.#groups = parts.groups;
    this.#layouts = parts.groups.all;
    this.#kernels = parts.kernels;
    this.#threads = parts.threads;
    this.#gradients = parts.gradients;
    this.#epilogue = parts.epilogue;
    this.#state = parts.state;
    this.#sam = parts.sam;
    this.#sign = parts.sign;
    this.#accumulates = parts.accumulates;
    this.#acceptSchedules = parts.acceptSchedules;
    this.#ruleArgs = ruleArgs;
    this.#args = args;
  }

  /** Call this before any change. Renews the views of memory that has grown. Throws if a worker has stopped. */
  ready(): void {
    this.#memory.refresh();
    this.#threads?.check();
  }

  /** The step. The schedules have been asked before. */
  run(): void {
    const state = this.#state;
    this.#selectGradients();
    if (state.shiftRefusedBy !== undefined || !this.#gradients.admits()) {
      this.#skip(state.shiftRefusedBy);
      return;
    }
    this.#acceptSchedules();
    if (this.#sam) this.unshift();
    this.#gradients.apply(state.t);
    const twoPhase = state.displacement === "shifted" ? this.#spec.twoPhase : undefined;
    if (twoPhase?.gather) this.#runPass(twoPhase.gather);
    this.unshift();
    this.#update(twoPhase?.complete);
    this.#memory.sharded?.gatherParams();
    state.accumulated = 0;
    this.#finish();
  }

  /** Counts the completed step. */
  #finish(): void {
    this.#gradients.countStep();
    this.#state.t += 1;
    if (this.#state.t % flushPeriod === 0) this.#flush();
  }

  /** The short way of a step; undefined if there is anything around the rule. */
  shorten(lock: CallLock): ShortStep<P, H, S> | undefined {
    const [layout, ...others] = this.#layouts;
    const [part, ...parts] = layout?.parts ?? [];
    const { grows, sharded } = this.#memory;
    const alone = others.length === 0 && parts.length === 0 && !grows && !sharded && !this.#sam;
    if (!layout || !part || !alone || this.#accumulates || !this.#gradients.idle || !this.#epilogue.idle) return undefined;
    return new ShortStep({
      spec: this.#spec,
      kernels: (this.#threads?.alone as EngineKernels | undefined) ?? this.#kernels,
      threads: this.#threads,
      group: layout.group,
      part,
      gradients: this.#gradients,
      state: this.#state,
      lock,
      args: this.#ruleArgs,
      sign: this.#sign,
      finish: () => this.#finish(),
    });
  }

  /** The first phase of a two-phase step of the rule. */
  shift(pass: Pass<H, S>): void {
    this.#acceptSchedules();
    this.#gradients.startShift(this.#sign);
    this.#state.displace("shifted");
    this.#runPass(pass);
    this.#memory.sharded?.gatherParams();
  }

  /** The shift of sharpness-aware minimization. If the policy skips the step, the parameters stay. */
  climb(sam: Required<SamOptions>): void {
    this.#selectGradients();
    const admitted = this.#gradients.admits();
    if (!admitted && this.#gradients.nonFinite === "throw") this.#skip();
    this.#state.displace("shifted");
    if (admitted) climb(sam, this.#kernels, this.#groups.runs, this.#args, this.#gradients.factor);
    else this.#state.shiftRefusedBy = this.#findNonFinite();
    this.#consumeGradients();
  }

  /** Puts the parameters back after a shift. */
  unshift(): void {
    if (this.#state.displacement === "shifted") this.#state.putBack();
  }

  /** Adds weight·`grads` to the accumulated gradients. */
  accumulate(weight: number): void {
    this.#state.accumulated += weight;
    // The sum is searched while it is written.
    this.#args.scalars<"accumulate">("alpha", weight, "limit", this.#gradients.limitFor(this.#state.accumulated));
    let within = true;
    for (const { length, at } of this.#groups.allRuns)
      within = this.#kernels.accumulate(0, length, at.grads, at.sum, this.#args.c) !== 0 && within;
    if (within) this.#gradients.vouch();
    else this.#gradients.forget();
    if (this.#epilogue.zeroGrad) this.setZero("grads");
  }

  /** Discards the accumulated gradients. */
  discard(): void {
    this.#gradients.forget();
    if (this.#accumulates) this.setZero("sum");
  }

  /** Updates the rule's state from `grads` without a step. */
  observe(pass: Pass<H, S>): void {
    this.#selectArray("grads");
    this.#gradients.forget();
    this.#gradients.start(1);
    if (this.#gradients.finite()) {
      this.#acceptSchedules();
      this.#gradients.limit();
      this.#runPass(pass);
      this.#memory.sharded?.drop();
    } else {
      this.#gradients.refuse(this.#state.t + 1, this.#findNonFinite("grads"));
    }
    if (this.#epilogue.zeroGrad) this.setZero("grads");
  }

  /** Moves `params` to the evaluation weights. */
  showEvaluation(): void {
    this.#state.displace("evaluating");
    const { evaluate } = this.#spec;
    for (const layout of this.#layouts) {
      if (this.#epilogue.showEvaluation(layout) || !evaluate || layout.group.steps === 0) continue;
      for (const part of layout.parts) this.#callPass(evaluate, layout.group, part);
    }
    this.#memory.sharded?.gatherParams();
  }

  setZero(array: "grads" | "sum"): void {
    // fill() takes twice as long on shared memory.
    for (const { length, at } of this.#groups.allRuns) this.#kernels.setZero(0, length, at[array]);
  }

  /** Multiplies `grads` by a factor, rounded to f32. */
  scaleGradients(factor: number): void {
    this.#args.scalars<"scal">("alpha", factor);
    for (const { length, at } of this.#groups.allRuns) this.#kernels.scal(0, length, at.grads, this.#args.c);
  }

  /** Whether all elements of an array are finite, also in frozen groups. */
  allFinite(array: "p" | "grads"): boolean {
    const { c } = this.#args;
    this.#args.scalars<"allWithin">("limit", largestF32);
    return this.#groups.allRuns.every(({ length, at }) => this.#kernels.allWithin(0, length, at[array], c) !== 0);
  }

  /** Selects this step's gradients, `grads` or the accumulated sum, and their factor. */
  #selectGradients(): void {
    const weight = this.#state.accumulatedWeight;
    this.#selectArray((weight[0] as number) > 0 ? "sum" : "grads");
    this.#gradients.start(this.#sign, weight);
  }

  #selectArray(array: "sum" | "grads"): void {
    if (!this.#accumulates) return;
    for (const { runs, tensors, parts } of this.#layouts)
      for (const list of [runs, tensors, parts]) for (const { at } of list) at.g = at[array];
  }

  /** In the caller's order, the first parameter with a gradient that is not finite. */
  #findNonFinite(array: "sum" | "grads" = this.#state.accumulated ? "sum" : "grads"): string | undefined {
    const { names } = this.#groups;
    const views = this.#memory.views(array === "sum" ? "sum" : "g") as Views<Record<string, unknown>>;
    return Object.keys(views).find((name) => names.includes(name) && !views[name]?.every((x) => Number.isFinite(x)));
  }

  /** Skips the step or throws, as the policy says. Clears the gradients as a step does. */
  #skip(parameter = this.#findNonFinite()): void {
    this.#gradients.refuse(this.#state.t + 1, parameter);
    this.unshift();
    this.#consumeGradients();
  }

  /** Clears this step's gradients: the accumulated sum, or `grads` with `zeroGrad`. */
  #consumeGradients(): void {
    if (this.#state.accumulated) {
      this.setZero("sum");
      this.#state.accumulated = 0;
    } else if (this.#epilogue.zeroGrad) this.setZero("grads");
  }

  /** Loads learning rate, factor of the gradients and weight decay for one pass of the rule. */
  #loadPrologue({ hyperParameters, steps, numbers }: Group<H, S>): void {
    const args = this.#ruleArgs;
    const { values, decay } = hyperParameters;
    args.rate = values.lr as number;
    this.#spec.prepare?.(args, values, steps + 1, numbers);
    this.#gradients.loadFactor(args);
    loadDecay(args, decay, values.weightDecay as number, this.#spec.absorbsDecay === true);
  }

  /** Runs a pass of the rule outside its usual step, on the groups that are not frozen. */
  #runPass(pass: Pass<H, S>): void {
    for (const { group, parts } of this.#layouts) {
      if (!group.frozen) for (const part of parts) this.#callPass(pass, group, part);
    }
  }

  #callPass(pass: Pass<H, S>, group: Group<H, S>, part: Run<S>): void {
    const args = this.#ruleArgs;
    args.cover(part);
    this.#loadPrologue(group);
    pass(this.#kernels, args, part.at, group.hyperParameters.values, group.steps + 1, group.numbers);
  }

  /** The rule's step, or the pass that completes a two-phase step, then the epilogue. */
  #update(complete: Pass<H, S> | undefined): void {
    const spec = this.#spec;
    const epilogue = this.#epilogue;
    const clears = epilogue.zeroGrad || (this.#state.accumulatedWeight[0] as number) > 0;
    const layouts = this.#layouts;
    // The epilogue clears what a part covers. A part that is a slice does not cover the gradients.
    const clearsParts = clears && !this.#memory.sharded;
    for (let i = 0; i < layouts.length; i++) {
      const layout = layouts[i] as GroupLayout<H, S>;
      const { group, parts } = layout;
      if (group.frozen) {
        if (clears) this.#clearGradients(layout);
        continue;
      }
      epilogue.startAverages(layout);
      let steps = true;
      for (let j = 0; j < parts.length; j++) {
        const part = parts[j] as Run<S>;
        if (complete) this.#callPass(complete, group, part);
        else if (j === 0 || spec.perTensor) steps = this.#loadScalars(group, part, parts);
        else this.#ruleArgs.cover(part);
        if (!steps) break;
        const follows = epilogue.plan(group, this.#ruleArgs, spec.absorbsDecay === true, clearsParts);
        if (!complete) this.#moveElements(group, part, follows);
        else if (follows) epilogue.apply(0, part.length, part.at);
      }
      if (steps) {
        epilogue.countStep(group);
        group.completed += 1;
      }
      if (clears && !(steps && clearsParts)) this.#clearGradients(layout);
    }
  }

  /** Runs the whole-tensor pass and loads the scalars, for one tensor or for all parts of a group. Returns false if the rule cannot step yet. */
  #loadScalars(group: Group<H, S>, first: Run<S>, parts: readonly Run<S>[]): boolean {
    const { scalars, wholePass } = this.#spec;
    const args = this.#ruleArgs;
    args.cover(first);
    this.#loadPrologue(group);
    if (wholePass) this.#runWholePass(wholePass, group, first, parts);
    return scalars?.(args, group.hyperParameters.values, group.steps + 1, group.numbers, first.at) !== false;
  }

  #runWholePass(pass: Pass<H, S>, group: Group<H, S>, first: Run<S>, parts: readonly Run<S>[]): void {
    const { values } = group.hyperParameters;
    const args = this.#ruleArgs;
    args.clearSums();
    pass(this.#kernels, args, first.at, values, group.steps + 1, group.numbers);
    if (this.#spec.perTensor || parts.length === 1) return;
    for (let i = 1; i < parts.length; i++) {
      const part = parts[i] as Run<S>;
      args.cover(part);
      pass(this.#kernels, args, part.at, values, group.steps + 1, group.numbers);
    }
    args.cover(first);
  }

  /** The element-wise pass. Threads share it, if it is long enough. With an epilogue it runs tile by tile. */
  #moveElements(group: Group<H, S>, part: Run<S>, follows: boolean): void {
    const { length } = part;
    const args = this.#ruleArgs;
    const recorded = this.#threads?.record(length) === true;
    const size = follows && this.#spec.elementPass && !recorded ? tile : length;
    for (let begin = 0; begin < length; begin += size) {
      args.begin = begin;
      args.end = Math.min(begin + size, length);
      this.#moveTile(group, part, follows);
    }
    this.#threads?.run(length);
  }

  #moveTile(group: Group<H, S>, { at }: Run<S>, follows: boolean): void {
    const args = this.#ruleArgs;
    this.#spec.elementPass?.(this.#kernels, args, at, group.hyperParameters.values, group.steps + 1, group.numbers);
    if (follows) this.#epilogue.apply(args.begin, args.end, at);
  }

  #clearGradients({ runs }: GroupLayout<H, S>): void {
    for (const { length, at } of runs) this.#kernels.setZero(0, length, at.g);
  }

  #flush(): void {
    const { address, length } = this.#memory.state;
    this.#kernels.flushSubnormals(0, length, address);
  }
}
