import type { Optimizer } from "../engine/optimizer.js";

/**
 * To be called before a function of the caller's that `fit` may have to wait for; the result, after it, throws where that has moved the
 * parameters.
 */
export function watch(optimizer: Optimizer, name: "gradient" | "validation"): () => void {
  const { t, shifted, evaluating } = optimizer;
  return () => {
    if (optimizer.t === t && optimizer.shifted === shifted && optimizer.evaluating === evaluating) return;
    const methods = "step(), shift(), unshift(), eval() and train()";
    throw new Error(`fit: ${name} expected to leave the parameters where they are; ${methods} are up to fit`);
  };
}
