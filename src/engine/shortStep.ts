// The short way of a step, for an optimizer with nothing around its rule. It makes the same calls of kernels as `Step.run`, so it gives the
// same bits. With few parameters it takes less than half of the time.

import type { EngineKernels } from "../kernels/generated.js";
import type { KernelArguments } from "../kernels/kernelArguments.js";
import type { ThreadedKernels } from "../threads/threadedKernels.js";
import { hasDecayPass, loadDecay } from "./decay.js";
import type { GradientProcessing } from "./gradientProcessing.js";
import type { Group } from "./group.js";
import type { Run } from "./groupLayout.js";
import type { CallLock } from "./lock.js";
import type { Hypers, HyperValues, Slots, Spec } from "./spec.js";
import type { OptimizerState } from "./state.js";

/** What a short step needs. */
export interface ShortStepParts<P, H extends Hypers, S extends Slots> {
  readonly spec: Spec<H, S>;
  /** The kernels of the calling thread alone. */
  readonly kernels: EngineKernels;
  /** The kernels shared by threads: while they share, the way is long. */
  readonly threads: ThreadedKernels | undefined;
  /** The only group, which cannot be frozen: it is not in `groups`. And its only part. */
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

/** A part of the rule's step. Returns false if the rule cannot step yet. */
type Phase<H extends Hypers> = (args: KernelArguments, values: HyperValues<H>, t: number, numbers: Float64Array) => unknown;

/** The phases of a step of the rule, in order. */
function phasesOf<P, H extends Hypers, S extends Slots>(parts: ShortStepParts<P, H, S>): Phase<H>[] {
  const { kernels, sign, group, part } = parts;
  const { prepare, wholePass, scalars, elementPass, absorbsDecay } = parts.spec;
  const { decay } = group.hyperParameters;
  const { at } = part;
  const phases: Phase<H>[] = [];
  phases.push((args, values, t, numbers) => {
    args.cover(part);
    args.rate = values.lr as number;
    prepare?.(args, values, t, numbers);
    args.scale = sign;
    loadDecay(args, decay, values.weightDecay as number, absorbsDecay === true);
  });
  if (wholePass)
    phases.push((args, values, t, numbers) => {
      args.clearSums();
      wholePass(kernels, args, at, values, t, numbers);
    });
  if (scalars) phases.push((args, values, t, numbers) => scalars(args, values, t, numbers, at));
  if (elementPass)
    phases.push((args, values, t, numbers) => {
      elementPass(kernels, args, at, values, t, numbers);
    });
  return phases;
}

/** The steps of an optimizer with one part: one group, in a memory that does not grow, without an epilogue. */
export class ShortStep<P, H extends Hypers, S extends Slots> {
  readonly #phases: readonly Phase<H>[];
  readonly #group: Group<H, S>;
  readonly #part: Run<S>;
  readonly #absorbsDecay: boolean;
  readonly #kernels: EngineKernels;
  readonly #threads: ThreadedKernels | undefined;
  readonly #gradients: GradientProcessing;
  readonly #state: OptimizerState<P, H, S>;
  readonly #lock: CallLock;
  readonly #args: KernelArguments;
  readonly #sign: number;
  readonly #finish: () => void;

  constructor(parts: ShortStepParts<P, H, S>) {
    this.#phases = phasesOf(parts);
    this.#group = parts.group;
    this.#part = parts.part;
    this.#absorbsDecay = parts.spec.absorbsDecay === true;
    this.#kernels = parts.kernels;
    this.#threads = parts.threads;
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
    if (hyperParameters.scheduled) return false;
    const { values, decay } = hyperParameters;
    if (hasDecayPass(decay, values.weightDecay as number, this.#absorbsDecay)) return false;
    if (this.#threads?.join(this.#part.length)) return false;
    if (!this.#gradients.usual(this.#kernels, this.#sign, this.#part)) return false;
    const t = group.completed + 1;
    // One call for all phases: V8 inlines a call that always has the same target. Then it would have no budget left for the calls inside,
    // and box their numbers.
    const phases = this.#phases;
    let steps = true;
    for (let i = 0; steps && i < phases.length; i++) steps = (phases[i] as Phase<H>)(this.#args, values, t, numbers) !== false;
    if (steps) group.completed = t;
    this.#finish();
    return true;
  }
}
