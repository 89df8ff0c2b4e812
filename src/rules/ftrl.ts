import * as kernels from "../kernels/generated.js";
import { decoupledDecay, squareSumLimit } from "./constants.js";
import { define } from "./define.js";

/**
 * FTRL-Proximal (follow the regularized leader), as in Keras: each p is the exact minimum of a model of all losses so far. With l1, many p
 * are exactly 0. For sparse linear models, such as click prediction.
 * @formula n' = n + g²; z ← z + g + 2·l2Shrinkage·p − (√n' − √n)/lr·p; p ← (clamp(z, ±l1) − z)/((√n' + beta)/lr + 2·l2); n ← n'
 * @paper McMahan et al. 2013, https://doi.org/10.1145/2487575.2488200
 */
export const ftrl = define({
  name: "ftrl",
  hyper: {
    /** Step size. */
    lr: [1e-3, "(0,inf)"],
    /** Initial sum of squared gradients. */
    initialAccumulator: [0.1, "(0,inf)", "fixed"],
    /** Penalty on |p|; makes small p exactly 0. */
    l1: [0, "[0,inf)"],
    /** Penalty on p² in the minimum. */
    l2: [0, "[0,inf)"],
    /** Penalty on p² in the gradient. */
    l2Shrinkage: [0, "[0,inf)"],
    /** Added to the root. */
    beta: [0, "[0,inf)"],
    weightDecay: decoupledDecay(0),
  },
  gradientLimit: squareSumLimit,
  kernels: [kernels.ftrl],
  state: { n: { torch: "accumulator", start: "initialAccumulator" }, z: "linear" },
  decay: "decoupled",
  scalars(args, { lr, l1, l2, l2Shrinkage, beta }) {
    const shrinkage = 2 * l2Shrinkage;
    const quadratic = beta / lr + 2 * l2;
    args.scalars<"ftrl">("inverse", 1 / lr, "shrinkage", shrinkage, "quadratic", quadratic, "low", -l1, "high", l1);
  },
  elementPass(k, { begin, end, c }, { p, g, n, z }) {
    k.ftrl(begin, end, p, g, n, z, c);
  },
});
