import { lrInMomentum, weightDecay } from "./constants.js";
import { define } from "./define.js";

/**
 * Nesterov momentum. Steadier than the heavy ball at a large momentum. The one-phase form, as in PyTorch, keeps and reports the
 * shifted points p + μv (v = −lr·b) where its gradients are taken. The two-phase form is the original one: `shift()` moves the
 * parameters p to p + μv, and `step()` takes the gradient found there back to p. From the same start and at a constant rate both
 * see the same points, the first as its parameters, the second between `shift()` and `step()`. The buffer b holds gradients, not
 * steps: a change of the rate rescales the whole velocity, unless `lrInMomentum`.
 * @example
 * ```ts
 * const opt = nesterov({ x: Float32Array.of(1) }, { lr: 0.1 });
 * for (let i = 0; i < 100; i++) {
 *   opt.shift(); // only for the two-phase form
 *   opt.grads.x.set(opt.params.x); // the gradient there
 *   opt.step();
 * }
 * console.log(Math.abs(opt.params.x[0]) < 0.01); // prints true
 * ```
 */
export const nesterov = define({
  name: "nesterov",
  formula: "b ← momentum·b + g; p ← p − lr·(g + momentum·b)",
  paper: "Sutskever et al. 2013, https://proceedings.mlr.press/v28/sutskever13.html",
  hyper: {
    lr: [1e-3, "[0,inf)", "step size"],
    momentum: [0.9, "[0,1)", "decay of the sum of gradients"],
    lrInMomentum,
    weightDecay,
  },
  state: { b: "momentum_buffer" },
  scalars(args, { lr, momentum, lrInMomentum }) {
    if (lrInMomentum) args.amplify(lr);
    args.scalars<"nesterov">("rate", lrInMomentum ? 1 : lr, "momentum", momentum);
  },
  elementPass(k, { begin, end, c }, { p, g, b }) {
    k.nesterov(begin, end, p, g, b, c);
  },
  twoPhase: {
    shift(k, args, { p, b }, { lr, momentum, lrInMomentum }) {
      args.prologue(1, 0, 0);
      args.scalars<"sgd">("rate", (lrInMomentum ? 1 : lr) * momentum);
      k.sgd(args.begin, args.end, p, b, args.c);
    },
    // At the shifted point, where the L2 penalty belongs too; a rate of 0 leaves p to `complete`.
    gather(k, args, { p, g, b }, { lr, momentum, lrInMomentum }) {
      if (lrInMomentum) args.amplify(lr);
      args.scalars<"momentum">("rate", 0, "momentum", momentum);
      k.momentum(args.begin, args.end, p, g, b, args.c);
    },
    complete(k, args, { p, b }, { lr, lrInMomentum }) {
      args.prologue(1, 0, args.decay);
      args.scalars<"sgd">("rate", lrInMomentum ? 1 : lr);
      k.sgd(args.begin, args.end, p, b, args.c);
    },
  },
});
