// A file of its own: a bundle with checkpoints needs the names, not L-BFGS.

/** The reasons why `step()` returns. */
export const lbfgsReasons = ["gradient", "change", "iterations", "evaluations", "precision", "unbounded"] as const;

/**
 * Why `step()` returned. "gradient", "change": within the tolerance. "iterations", "evaluations": used up. "precision": no lower loss at any
 * point that f32 can distinguish from the last one, or a wrong gradient. "unbounded": the loss falls without end.
 */
export type LbfgsReason = (typeof lbfgsReasons)[number];
