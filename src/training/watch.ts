import type { Optimizer } from "../engine/optimizer.js";

/**
 * Detects a callback that moves the parameters, even one that returns a promise. Call this before the callback, and the result after it.
 * The result throws if the parameters moved.
 */
export function watch(optimizer: Optimizer, name: "gradient" | "validation"): () => void {
  const { t, shifted, evaluating } = optimizer;
  return () => {
    if (optimizer.t === t && optimizer.shifted === shifted && optimizer.evaluating === evaluating) return;
    const methods = "step(), shift(), unshift(), eval() and train()";
    throw new Error(`fit: ${name} expected not to move the parameters; only fit calls ${methods}`);
  };
}
