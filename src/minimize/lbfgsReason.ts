// A file of its own: a bundle with checkpoints needs the names, not L-BFGS.

/**
 * Why `step()` returned. "gradient", "change": within the tolerance. "iterations", "evaluations": used up. "precision": no lower loss at any
 * point that f32 can distinguish from the last one, or a wrong gradient. "unbounded": the loss falls without end.
 */
export type LbfgsReason = "gradient" | "change" | "iterations" | "evaluations" | "precision" | "unbounded";

/** The reasons why `step()` returns. */
export const lbfgsReasons: readonly LbfgsReason[] = ["gradient", "change", "iterations", "evaluations", "precision", "unbounded"];
