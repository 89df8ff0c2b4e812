import * as kernels from "../kernels/generated.js";
import { weightDecay } from "./constants.js";
import { define } from "./define.js";

/**
 * Rprop, as in PyTorch: each element has its own step size. It grows while the gradient keeps its sign. When the sign changes, it shrinks,
 * and the element does not move in that step. For full batches.
 * @formula if g·q > 0: s ← min(etaPlus·s, stepMax); if g·q < 0: s ← max(etaMinus·s, stepMin), g ← 0; p ← p − s·sign(g); q ← g;
 *   s starts at lr
 * @paper Riedmiller & Braun 1993, https://doi.org/10.1109/ICNN.1993.298623
 */
export const rprop = define({
  name: "rprop",
  hyper: {
    /** Initial step size of every element. */
    lr: [1e-2, "(0,inf)", "fixed"],
    /** Factor of the step size after a change of sign. */
    etaMinus: [0.5, "(0,1)"],
    /** Factor of the step size after equal signs. */
    etaPlus: [1.2, "(1,inf)"],
    /** Least step size, at most stepMax. */
    stepMin: [1e-6, "[0,inf)"],
    /** Largest step size. */
    stepMax: [50, "(0,inf)"],
    weightDecay,
  },
  ordered: [["stepMin", "stepMax"]],
  kernels: [kernels.rprop],
  state: { q: "prev", s: { torch: "step_size", start: "lr" } },
  scalars(args, { etaMinus, etaPlus, stepMin, stepMax }) {
    args.scalars<"rprop">("etaMinus", etaMinus, "etaPlus", etaPlus, "stepMin", stepMin, "stepMax", stepMax);
  },
  elementPass(k, { begin, end, c }, { p, g, q, s }) {
    k.rprop(begin, end, p, g, s, q, c);
  },
});
