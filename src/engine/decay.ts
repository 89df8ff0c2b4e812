import type { KernelArguments } from "../kernels/kernelArguments.js";

/**
 * The kind of weight decay. With λ = `weightDecay`: `l2` adds λ·p to the gradient; `decoupled` subtracts lr·λ·p from p beside the step;
 * `independent` subtracts λ·p; `proximal` divides p by 1 + lr·λ after the step. `inside` adds λ·p to the rule's direction; rules without
 * it refuse it.
 */
export type Decay = (typeof decays)[number] | "inside";

/** The kinds that every rule accepts. */
export const decays = ["l2", "decoupled", "independent", "proximal"] as const;

/** The option of every rule and every group that is not a hyper-parameter. Read at construction. */
export interface DecayOptions {
  /**
   * The kind of weight decay, with λ = `weightDecay`. "l2" adds λ·p to the gradient. "decoupled" subtracts lr·λ·p from p. "independent"
   * subtracts λ·p. "proximal" divides p by 1 + lr·λ after the step. "inside" adds λ·p to the direction; only rules with this default accept
   * it. Default: the rule's own kind, see its `weightDecay`.
   */
  readonly decay?: Decay;
}

/** Loads the weight decay in the rule's step. `args.rate` is its learning rate. */
export function loadDecay(args: KernelArguments, kind: Decay, weightDecay: number): void {
  args.l2 = kind === "l2" ? weightDecay : 0;
  args.inside = kind === "inside" ? weightDecay : 0;
  if (kind === "decoupled") args.decay = args.rate * weightDecay;
  else args.decay = kind === "independent" ? weightDecay : 0;
}

/** Loads proximal decay. Dividing p by 1 + rate·weightDecay subtracts a share of p. */
export function loadProximalDecay(args: KernelArguments, weightDecay: number): void {
  const product = args.rate * weightDecay;
  args.decay = product / (1 + product);
}
