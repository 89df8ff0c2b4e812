import { decoupledDecay, squareSumLimit } from "./constants.js";
import { define } from "./define.js";

/**
 * FTRL-Proximal, as in Keras: each p is the exact minimum of what was seen, with l1 often 0 itself. For sparse linear models,
 * such as the prediction of clicks.
 */
export const ftrl = define({
  name: "ftrl",
  formula:
    "n' = n + g²; z ← z + g + 2·l2Shrinkage·p − (√n' − √n)/lr·p; " + "p ← (clamp(z, ±l1) − z)/((√n' + beta)/lr + 2·l2); n ← n'",
  paper: "McMahan et al. 2013, https://doi.org/10.1145/2487575.2488200",
  hyper: {
    lr: [1e-3, "(0,inf)", "step size"],
    initialAccumulator: [0.1, "(0,inf)", "what the sum of squared gradients starts from", "fixed"],
    l1: [0, "[0,inf)", "penalty on |p|, which makes small p exactly 0"],
    l2: [0, "[0,inf)", "penalty on p² around 0"],
    l2Shrinkage: [0, "[0,inf)", "penalty on p² as a gradient"],
    beta: [0, "[0,inf)", "added to the root"],
    weightDecay: decoupledDecay(0),
  },
  gradientLimit: squareSumLimit,
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
