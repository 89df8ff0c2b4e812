import * as kernels from "../kernels/generated.js";
import { lrInMomentum, weightDecay } from "./constants.js";
import { define } from "./define.js";

/**
 * Nesterov momentum. More stable than heavy-ball momentum when the momentum is large. It takes gradients at the shifted points p + μv, with
 * μ the momentum and v = −lr·b. In the one-phase form, as in PyTorch, `params` are the shifted points. In the two-phase form, the original
 * one, `shift()` moves `params` from p to p + μv, and `step()` moves p by the gradient at that point. With the same start and a constant
 * learning rate, both forms take gradients at the same points. The buffer b holds gradients, not steps: a change of the learning rate
 * rescales the whole velocity, unless `lrInMomentum`.
 * @formula b ← momentum·b + g; p ← p − lr·(g + momentum·b)
 * @paper Sutskever et al. 2013, https://proceedings.mlr.press/v28/sutskever13.html
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
  hyper: {
    /** Step size. */
    lr: [1e-3, "[0,inf)"],
    /** Decay of the sum of gradients. */
    momentum: [0.9, "[0,1)"],
    lrInMomentum,
    weightDecay,
  },
  kernels: [kernels.momentum, kernels.nesterov, kernels.sgd],
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
    // Runs at the shifted point, so the L2 penalty is taken there, too. With rate 0 it does not move p; `complete` does.
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
