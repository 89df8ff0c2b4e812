import * as kernels from "../kernels/generated.js";
import { columns, float, rows } from "../numerics/shape.js";
import { squareSumLimit, weightDecay } from "./constants.js";
import { define } from "./define.js";

/**
 * SM3-II: AdaGrad with bounds instead of sums of squared gradients. Beside momentum, the state is one bound for each index of each axis.
 * For large embeddings.
 * @formula v = min(bounds of the element's indices) + g²; b ← momentum·b + (1 − momentum)·g/√(v + eps); p ← p − lr·b;
 *   bound of an index ← max(v of its elements)
 * @paper Anil et al. 2019, https://arxiv.org/abs/1901.11150
 */
export const sm3 = define({
  name: "sm3",
  hyper: {
    /** Step size. */
    lr: [1e-3, "[0,inf)"],
    /** Decay of the mean of steps. */
    momentum: [0.9, "[0,1)"],
    /** Keeps the division finite. */
    eps: [1e-8, "(0,inf)"],
    weightDecay,
  },
  gradientLimit: squareSumLimit,
  kernels: [kernels.broadcastMin, kernels.reduceMax, kernels.sm3],
  state: {
    b: "momentum_buffer",
    a: { torch: "accumulators", shape: (shape) => [shape.reduce((sum, size) => sum + size, 0)] },
  },
  perTensor: true,
  // The bounds of all rows, and the next bounds of the columns. The last axis counts the columns; all other axes count the rows.
  scratch: (shape) => rows(shape) + columns(shape),
  wholePass(k, args, { p, g, b, a, scratch }, { lr, momentum, eps }) {
    const { shape, c } = args;
    const axes = shape.length - 1;
    const next = scratch + rows(shape) * float;
    let count = 1;
    let axis = a;
    args.store(scratch, Infinity);
    for (let i = 0; i < axes; i++) {
      const size = shape[i] as number;
      k.broadcastMin(count, size, scratch, axis);
      axis += size * float;
      count *= size;
    }
    args.scalars<"sm3">("rate", lr, "epsRoot", eps);
    args.gains(1 - momentum);
    k.sm3(count, columns(shape), p, g, b, scratch, axis, next, c);
    k.copy(0, columns(shape), next, axis);
    for (let i = axes - 1; i >= 0; i--) {
      const size = shape[i] as number;
      axis -= size * float;
      count /= size;
      k.reduceMax(count, size, scratch, axis);
    }
  },
});
