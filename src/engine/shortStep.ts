// The short way of a step, for an optimizer with nothing around its rule. It makes the same calls of kernels as `Step.run`, so it gives the
// same bits. With few parameters it takes a third of the time.

import type { EngineKernels } from "../kernels/generated.js";
import type { KernelArguments } from "../kernels/kernelArguments.js";
import { hasDecayPass, loadDecay } from "./decay.js";
import type { GradientProcessing } from "./gradientProcessing.js";
import type { Group } from "./group.js";
import type { Run } from "./groupLayout.js";
import type { CallLock } from "./lock.js";
import type { Hypers, Slots, Spec } from "./spec.js";
import type { OptimizerState } from "./state.js";

/** What a short step needs. */
export interface ShortStepParts<P, H extends Hypers, S extends Slots> {
  readonly spec: Spec<H, S>;
  readonly kernels: EngineKernels;
  /** The only group, and its only part. */
  readonly group: Group<H, S>;
  readonly part: Run<S>;
  readonly gradients: GradientProcessing;
  readonly state: OptimizerState<P, H, S>;
  readonly lock: CallLock;
  readonly args: KernelArguments;
  /** 1, or -1 with `maximize`. */
  readonly sign: number;
  /** Called after every completed step. */
  readonly finish: () => void;
}

/** The steps of an optimizer with one part: one group, on one thread, in a memory that does not grow, without an epilogue. */
export class ShortStep<P, H extends Hypers, S extends Slots> {
  readonly #prepare: Spec<H, S>["prepare"];
  readonly #wholePass: Spec<H, S>["wholePass"];
  readonly #scalars: Spec<H, S>["scalars"];
  readonly #elementPass: Spec<H, S>["elementPass"];
  readonly #absorbsDecay: boolean;
  readonly #kernels: EngineKernels;
  readonly #group: Group<H, S>;
  readonly #part: Run<S>;
  readonly #gradients: GradientProcessing;
  readonly #state: OptimizerState<P, H, S>;
  readonly #lock: CallLock;
  readonly #args: KernelArguments;
  readonly #sign: number;
  readonly #finish: () => void;

  constructor(parts: ShortStepParts<P, H, S>) {
    const { spec } = parts;
    this.#prepare = spec.prepare;
    this.#wholePass = spec.wholePass;
    this.#scalars = spec.scalars;
    this.#elementPass = spec.elementPass;
    this.#absorbsDecay = spec.absorbsDecay === true;
    this.#kernels = parts.kernels;
    this.#group = parts.group;
    this.#part = parts.part;
    this.#gradients = parts.gradients;
    this.#state = parts.state;
    this.#lock = parts.lock;
    this.#args = parts.args;
    this.#sign = parts.sign;
    this.#finish = parts.finish;
  }

  /** Makes the step. Returns false, and changes nothing, if this step needs the long way. */
  run(): boolean {
    const group = this.#group;
    const { hyperParameters, numbers } = group;
    if (this.#lock.visitor !== undefined || this.#state.displacement !== undefined) return false;
    if (group.frozen || hyperParameters.scheduled) return false;
    const { values, decay } = hyperParameters;
    if (hasDecayPass(decay, values.weightDecay as number, this.#absorbsDecay)) return false;
    const part = this.#part;
    const args = this.#args;
    if (!this.#gradients.usual(this.#sign, part)) return false;
    const { at } = part;
    const t = group.completed + 1;
    args.cover(part);
    args.rate = values.lr as number;
    this.#prepare?.(args, values, t, numbers);
    args.scale = this.#sign;
    loadDecay(args, decay, values.weightDecay as number, this.#absorbsDecay);
    if (this.#wholePass) {
      args.clearSums();
      this.#wholePass(this.#kernels, args, at, values, t, numbers);
    }
    if (this.#scalars?.(args, values, t, numbers, at) !== false) {
      this.#elementPass?.(this.#kernels, args, at, values, t, numbers);
      group.completed = t;
    }
    this.#finish();
    return true;
  }
}
