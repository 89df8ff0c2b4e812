import type { KernelArguments } from "../kernels/kernelArguments.js";

/**
 * What `weightDecay` λ does: `l2` adds λ·p to the gradient; `decoupled` takes lr·λ·p away beside the step, `independent`
 * λ·p; `proximal` divides p by 1 + lr·λ after the step. `inside`, where the rule has it, adds λ·p to the direction that the
 * rule makes of the gradient.
 */
export type Decay = (typeof decays)[number] | "inside";

/** The kinds that every rule takes. */
export const decays = ["l2", "decoupled", "independent", "proximal"] as const;

/** What every rule, and every group, takes besides its hyper-parameters. Read at construction. */
export interface DecayOptions {
  /** What `weightDecay` does. By default what the spec says. */
  readonly decay?: Decay;
}

/** Loads the weight decay that is part of the rule's step. `args.rate` is the learning rate that it is multiplied by. */
export function loadDecay(args: KernelArguments, kind: Decay, weightDecay: number): void {
  args.l2 = kind === "l2" ? weightDecay : 0;
  args.inside = kind === "inside" ? weightDecay : 0;
  if (kind === "decoupled") args.decay = args.rate * weightDecay;
  else args.decay = kind === "independent" ? weightDecay : 0;
}

/** Loads proximal decay, the division of p by 1 + rate·weightDecay, as a share of p to subtract. */
export function loadProximalDecay(args: KernelArguments, weightDecay: number): void {
  const product = args.rate * weightDecay;
  args.decay = product / (1 + product);
}
