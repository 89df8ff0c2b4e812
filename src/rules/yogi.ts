import * as kernels from "../kernels/generated.js";
import { correct, moments } from "./adam.js";
import { squareLimit } from "./constants.js";
import { define } from "./define.js";

/**
 * Yogi: Adam whose v rises or falls by (1 − beta2)·g² per step. For problems where Adam's steps grow too fast after gradients become small.
 * As in optax, both moments start at the same value.
 * @formula m as in Adam; v ← v − (1 − beta2)·sign(v − g²)·g²; p ← p − lr·m̂/(√v̂ + eps)
 * @paper Zaheer et al. 2018, https://papers.nips.cc/paper/2018/hash/90365351ccc7437a1309dc64e4db32a3-Abstract.html
 */
export const yogi = define({
  name: "yogi",
  hyper: {
    ...moments,
    /** Step size. */
    lr: [1e-2, "[0,inf)"],
    /** Keeps the division finite. */
    eps: [1e-3, "[0,inf)"],
    /** Initial value of both moments. */
    initialAccumulator: [1e-6, "[0,inf)", "fixed"],
  },
  gradientLimit: squareLimit,
  kernels: [kernels.yogi],
  state: {
    m: { torch: "exp_avg", start: "initialAccumulator" },
    v: { torch: "exp_avg_sq", start: "initialAccumulator" },
  },
  scalars(args, values, t) {
    correct(args, values, t);
  },
  elementPass(k, { begin, end, c }, { p, g, m, v }) {
    k.yogi(begin, end, p, g, m, v, c);
  },
});
