import { largestF32 } from "../checks/check.js";
import * as kernels from "../kernels/generated.js";
import { norm } from "../kernels/reductions.js";
import { elements, float, type Shape } from "../numerics/shape.js";
import { correct } from "./adam.js";
import { decoupledDecay, squareLimit } from "./constants.js";
import { define } from "./define.js";

const isMatrix = (shape: Shape) => shape.length === 2;
const iterations = 5;
// Columns that `gemm` computes at a time. It needs room for inner × panel floats.
const panel = 64;

/**
 * Muon: momentum, orthogonalized by five Newton–Schulz iterations in f32. It applies to tensors with exactly two dimensions; declare a
 * convolution as [out, product of the other sizes]. AdamW updates all other tensors, with learning rate adamScale · lr. Embeddings and the
 * last layer do better with AdamW: declare them with one dimension.
 * @formula matrices: b ← momentum·b + (1 − momentum)·g; X = (1 − momentum)·g + momentum·b (without nesterov: X = b);
 *   X ← X/max(‖X‖, normEps); 5 times: A = X·Xᵀ, X ← 3.4445·X + (−4.775·A + 2.0315·A²)·X;
 *   p ← (1 − lr·weightDecay)·p − lr·r·X, r = √max(1, rows/columns) (with matchRms: r = 0.2·√max(rows, columns));
 *   other tensors: AdamW
 * @paper Jordan et al. 2024, https://kellerjordan.github.io/posts/muon
 * @example
 * ```ts
 * const opt = muon({ hidden: [64, 784], last: 10 * 64, bias: 10 }, { lr: 0.02, adamScale: 0.05 });
 * opt.grads.hidden.fill(1); // the gradient of the loss
 * opt.step(); // Muon for hidden, AdamW for last and bias
 * ```
 */
export const muon = define({
  name: "muon",
  hyper: {
    /** Step size. */
    lr: [1e-3, "[0,inf)"],
    /** Decay of the mean of gradients. */
    momentum: [0.95, "[0,1)"],
    /** Nesterov's look-ahead along the momentum. */
    nesterov: [true, "boolean", "fixed"],
    /** Least norm as divisor. */
    normEps: [1e-7, "(0,inf)"],
    /** Scales the steps of matrices to the size of AdamW's. */
    matchRms: [false, "boolean", "fixed"],
    /** AdamW's step size, as a multiple of lr. */
    adamScale: [1, "[0,inf)"],
    /** AdamW's decay of the mean of gradients. */
    beta1: [0.9, "[0,1)"],
    /** AdamW's decay of the mean of squared gradients. */
    beta2: [0.999, "[0,1)"],
    /** Keeps AdamW's division finite. */
    eps: [1e-8, "[0,inf)"],
    weightDecay: decoupledDecay(0.1),
  },
  gradientLimit: squareLimit,
  kernels: [kernels.adam, kernels.gemm, kernels.muon, kernels.sgd, kernels.transpose],
  state: {
    b: { torch: "momentum_buffer", shape: (shape) => (isMatrix(shape) ? shape : [0]) },
    m: { torch: "exp_avg", shape: (shape) => (isMatrix(shape) ? [0] : shape) },
    v: { torch: "exp_avg_sq", shape: (shape) => (isMatrix(shape) ? [0] : shape) },
  },
  decay: "decoupled",
  perTensor: true,
  // Three matrices of p's size, two square matrices of its shorter side, and the room of `gemm`.
  scratch: (shape) => (isMatrix(shape) ? 3 * elements(shape) + 2 * Math.min(...shape) ** 2 + panel * Math.max(...shape) : 0),
  prepare(args, { lr, adamScale }) {
    args.rate = lr * (isMatrix(args.shape) ? 1 : adamScale);
  },
  wholePass(k, args, { p, g, b, m, v, scratch }, values, t) {
    const { begin, end, c, shape } = args;
    if (!isMatrix(shape)) {
      correct(args, values, t, false, 0, values.adamScale);
      k.adam(begin, end, p, g, m, v, c);
      return;
    }
    const { lr, momentum, nesterov, normEps, matchRms } = values;
    const [rows, columns] = shape as readonly [number, number];
    const size = end * float;
    const [short, long] = [Math.min(rows, columns), Math.max(rows, columns)];
    const square = short * short * float;
    // The direction and its transpose. X is the one with fewer rows.
    const [direction, flipped, spare] = [scratch, scratch + size, scratch + 2 * size];
    const [a, polynomial] = [scratch + 3 * size, scratch + 3 * size + square];
    const room = polynomial + square;

    args.gains(1 - momentum, nesterov ? 1 - momentum : 0);
    k.muon(begin, end, p, g, b, direction, c);
    args.scalars<"scal">("alpha", Math.min(1 / Math.max(norm(k, args, direction), normEps), largestF32));
    k.scal(begin, end, direction, c);
    k.transpose(rows, columns, direction, flipped);
    let x = rows <= columns ? direction : flipped;
    const transposed = rows <= columns ? flipped : direction;
    let next = spare;
    for (let i = 0; i < iterations; i++) {
      args.scalars<"gemm">("alpha", 1, "beta", 0);
      k.gemm(short, long, short, panel, x, transposed, x, a, room, c);
      args.scalars<"gemm">("alpha", 2.0315, "beta", -4.775);
      k.gemm(short, short, short, panel, a, a, a, polynomial, room, c);
      args.scalars<"gemm">("alpha", 1, "beta", 3.4445);
      k.gemm(short, short, long, panel, polynomial, x, x, next, room, c);
      [x, next] = [next, x];
      k.transpose(short, long, x, transposed);
    }
    const factor = matchRms ? 0.2 * Math.sqrt(long) : Math.sqrt(Math.max(1, rows / columns));
    args.prologue(1, 0, args.decay);
    args.scalars<"sgd">("rate", lr * factor);
    k.sgd(begin, end, p, rows <= columns ? x : transposed, c);
  },
});
