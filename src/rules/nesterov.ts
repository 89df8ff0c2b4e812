import { define, weightDecay } from "../define.js";

/**
 * Nesterov momentum. The one-phase form, as in PyTorch, keeps and reports the shifted points p + μv (v = −lr·b) where its
 * gradients are taken. The two-phase form is the original one: `shift()` moves the parameters p to p + μv, and `step()`
 * takes the gradient found there back to p. From the same start and at a constant rate both see the same points, the
 * first as its parameters, the second between `shift()` and `step()`. The buffer b holds gradients, not steps: a change
 * of the rate rescales the whole velocity.
 */
export const nesterov = define({
  name: "nesterov",
  update: "b ← momentum·b + g; p ← p − lr·(g + momentum·b)",
  paper: "Sutskever et al. 2013, https://proceedings.mlr.press/v28/sutskever13.html",
  hyper: {
    lr: [1e-3, "[0,inf)", "step size"],
    momentum: [0.9, "[0,1)", "decay of the sum of gradients"],
    weightDecay,
  },
  state: { b: "momentum_buffer" },
  step(k, { begin, end, scale, l2, keep }, { p, g, b }, { lr, momentum }) {
    k.nesterov(begin, end, p, g, b, scale, l2, keep, lr, momentum);
  },
  twoPhase: {
    shift(k, { begin, end }, { p, b }, { lr, momentum }) {
      k.sgd(begin, end, p, b, 1, 0, 1, lr * momentum);
    },
    // At the shifted point, where the L2 penalty belongs too; a rate of 0 leaves p to `complete`.
    gather(k, { begin, end, scale, l2, keep }, { p, g, b }, { momentum }) {
      k.momentum(begin, end, p, g, b, scale, l2, keep, 0, momentum, 1);
    },
    complete(k, { begin, end, keep }, { p, b }, { lr }) {
      k.sgd(begin, end, p, b, 1, 0, keep, lr);
    },
  },
});
