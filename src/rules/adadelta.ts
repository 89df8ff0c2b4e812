import * as kernels from "../kernels/generated.js";
import { squareLimit, weightDecay } from "./constants.js";
import { define } from "./define.js";

/**
 * AdaDelta: steps in the units of the parameters, scaled by the root mean square of earlier steps. Needs no tuned learning rate.
 * @formula v ← rho·v + (1 − rho)·g²; d = √(u + eps)/√(v + eps)·g; u ← rho·u + (1 − rho)·d²; p ← p − lr·d
 * @paper Zeiler 2012, https://arxiv.org/abs/1212.5701
 */
export const adadelta = define({
  name: "adadelta",
  hyper: {
    /** Factor of the step. */
    lr: [1, "[0,inf)"],
    /** Decay of both means of squares. */
    rho: [0.9, "[0,1)"],
    /** Makes the first steps larger than 0 and keeps the division finite. */
    eps: [1e-6, "[0,inf)"],
    weightDecay,
  },
  gradientLimit: squareLimit,
  kernels: [kernels.adadelta],
  state: { v: "square_avg", u: "acc_delta" },
  scalars(args, { lr, rho, eps }) {
    args.scalars<"adadelta">("rate", lr, "epsRoot", eps);
    args.gains(1 - rho);
  },
  elementPass(k, { begin, end, c }, { p, g, v, u }) {
    k.adadelta(begin, end, p, g, v, u, c);
  },
});
