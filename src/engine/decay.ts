import type { KernelArguments } from "../kernels/kernelArguments.js";

/**
 * The kind of weight decay. With λ = `weightDecay`: `l2` adds λ·p to the gradient; `decoupled` subtracts lr·λ·p from p beside the step;
 * `independent` subtracts λ·p; `proximal` divides p by 1 + lr·λ after the step. `inside` adds λ·p to the rule's direction; rules without
 * it refuse it.
 */
export type Decay = "l2" | "decoupled" | "independent" | "proximal" | "inside";

/** The kinds that every rule accepts. */
export const decays = ["l2", "decoupled", "independent", "proximal"] as const satisfies readonly Decay[];

/** The one option of rules and groups that is not a hyper-parameter. It is read at construction. */
export interface DecayOptions {
  /**
   * The kind of weight decay, with λ = `weightDecay`. "l2" adds λ·p to the gradient. "decoupled" subtracts lr·λ·p from p. "independent"
   * subtracts λ·p. "proximal" divides p by 1 + lr·λ after the step. "inside" adds λ·p to the direction; only rules with this default accept
   * it. Default: the rule's own kind, see its `weightDecay`.
   */
  readonly decay?: Decay;
}

/**
 * Loads the weight decay of the rule's step. `args.rate` is its learning rate. With `absorbs` (`absorbsDecay` of the spec), the step also
 * applies proximal decay.
 */
export function loadDecay(args: KernelArguments, kind: Decay, weightDecay: number, absorbs: boolean): void {
  args.l2 = kind === "l2" ? weightDecay : 0;
  args.inside = kind === "inside" ? weightDecay : 0;
  if (kind === "decoupled") args.decayByRate(weightDecay);
  else if (kind === "proximal" && absorbs) args.decayProximally(weightDecay);
  else args.decay = kind === "independent" ? weightDecay : 0;
}

/** Whether a pass of proximal decay follows the step. */
export function hasDecayPass(kind: Decay, weightDecay: number, absorbs: boolean): boolean {
  return kind === "proximal" && !absorbs && weightDecay !== 0;
}

/** Loads the pass of proximal decay after the step, with the learning rate of the step. */
export function loadDecayPass(args: KernelArguments, rule: KernelArguments, weightDecay: number): void {
  args.rate = rule.rate;
  args.decayProximally(weightDecay);
}

/** Every kind of decay as one factor of p in the direction, for rules that absorb it. Their kernels multiply it by the rate. */
export function absorbedDecay({ inside, decay, rate }: KernelArguments): number {
  return rate > 0 ? inside + decay / rate : inside;
}
