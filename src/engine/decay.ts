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
  /**
   * What `weightDecay` λ does: "l2" adds λ·p to the gradient; "decoupled" subtracts lr·λ·p from p, "independent" λ·p; "proximal" divides p by
   * 1 + lr·λ after the step; "inside", for rules whose default it is, adds λ·p to the direction. By default as the docs of `weightDecay` say.
   */
  readonly decay?: Decay;
}
