import type { Optimizer } from "../engine/optimizer.js";

/**
 * Call this before a function of the caller that may return a promise, and call the result afterwards. The result throws if the function
 * moved the parameters.
 */
export function watch(optimizer: Optimizer, name: "gradient" | "validation"): () => void {
  const { t, shifted, evaluating } = optimizer;
  return () => {
    if (optimizer.t === t && optimizer.shifted === shifted && optimizer.evaluating === evaluating) return;
    const methods = "step(), shift(), unshift(), eval() and train()";
    throw new Error(`fit: ${name} expected not to move the parameters; only fit calls ${methods}`);
  };
}
