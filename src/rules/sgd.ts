import { weightDecay } from "./constants.js";
import { define } from "./define.js";

/** Gradient descent; batch, stochastic or mini-batch according to what the gradient was taken over. */
export const sgd = define({
  name: "sgd",
  formula: "p ← p − lr·g",
  paper: "Robbins & Monro 1951, https://doi.org/10.1214/aoms/1177729586",
  hyper: {
    lr: [1e-3, "[0,inf)", "step size"],
    weightDecay,
  },
  state: {},
  scalars(args, { lr }) {
    args.scalars<"sgd">("rate", lr);
  },
  elementPass(k, { begin, end, c }, { p, g }) {
    k.sgd(begin, end, p, g, c);
  },
});
