import { largestF32 } from "../checks/check.js";
import * as kernels from "../kernels/generated.js";
import type { KernelArguments } from "../kernels/kernelArguments.js";
import { norm } from "../kernels/reductions.js";
import { raise } from "../numerics/arithmetic.js";
import { columns, elements, float, type Shape } from "../numerics/shape.js";
import { decoupledDecay, squareLimit } from "./constants.js";
import { define } from "./define.js";

// A tensor with two or more dimensions is a stack of matrices. The last two dimensions are rows and columns.
const factored = (shape: Shape) => shape.length >= 2;
const matrixRows = (shape: Shape) => shape[shape.length - 2] as number;

type Arrays = { readonly [array in "row" | "column" | "scratch"]: number };

/** Address of u, after the column sums. */
const directionAddress = ({ scratch }: Arrays, shape: Shape) => scratch + (factored(shape) ? 2 * columns(shape) * float : 0);

/** Updates the means of rows and columns. Divides u by the root of their product. */
function divideMatrices(
  k: Pick<kernels.Kernels, "adafactor" | "adafactorColumns" | "adafactorRows" | "asum">,
  args: KernelArguments,
  at: Arrays,
  eps1: number,
  carry: Float64Array,
): void {
  const { end, c, r, shape } = args;
  const m = matrixRows(shape);
  const n = columns(shape);
  for (let first = 0; first < end; first += m * n) {
    const matrix = directionAddress(at, shape) + first * float;
    const row = at.row + (first / n) * float;
    const column = at.column + (first / m) * float;
    args.gains(carry[0] as number);
    k.adafactorRows(m, n, matrix, row, c, r);
    k.adafactorColumns(m, n, matrix, column, at.scratch, c);
    k.asum(0, m, row, r);
    const mean = args.sum / m; // of the row means; the column means have the same mean
    const least = Math.max(mean, eps1);
    // V is at most m·n·mean²/least. If that is below eps1², eps1 replaces √V everywhere, and V may be 0. Otherwise V would become subnormal
    // after many gradients of 0.
    const negligible = m * n * mean * mean < 0.5 * eps1 * eps1 * least;
    args.scalars<"adafactor">("factor", negligible ? 0 : Math.min(1 / least, largestF32), "eps", eps1);
    k.adafactor(m, n, matrix, row, column, c);
  }
}

/**
 * Adafactor, as in PyTorch: Adam with mean squares of rows and columns instead of elements, and with steps proportional to the size of p.
 * For models whose Adam state does not fit into memory. It needs memory for one more tensor, and little else beside p and g.
 * @formula for each tensor: b = 1 − 1/t^beta2Decay; R ← b·R + (1 − b)·(row means of g²); C ← b·C + (1 − b)·(column means of g²);
 *   V = R·C/max(mean of R, eps1); for a vector instead: V ← b·V + (1 − b)·g²; u = g/max(√V, eps1);
 *   p ← (1 − lr·weightDecay)·p − max(eps2, RMS(p))·min(lr, 1/√t)/max(1, RMS(u)/d)·u
 * @paper Shazeer & Stern 2018, https://arxiv.org/abs/1804.04235
 */
export const adafactor = define({
  name: "adafactor",
  hyper: {
    /** Largest step, relative to the size of p. */
    lr: [1e-2, "[0,inf)"],
    /** Exponent of 1/t in the gain of the means. */
    beta2Decay: [0.8, "(0,inf)"],
    /** Keeps the division finite. */
    eps1: [2 ** -23, "(0,inf)"],
    /** Least size of p in the step size. */
    eps2: [1e-3, "(0,inf)"],
    /** Root mean square to which u is clipped. */
    d: [1, "(0,inf)"],
    weightDecay: decoupledDecay(0),
  },
  gradientLimit: squareLimit,
  kernels: [
    kernels.adafactor,
    kernels.adafactorColumns,
    kernels.adafactorRows,
    kernels.adafactorVector,
    kernels.asum,
    kernels.effectiveGradient,
    kernels.sgd,
  ],
  state: {
    row: { torch: "row_var", shape: (shape) => (factored(shape) ? [...shape.slice(0, -1), 1] : [0]) },
    column: { torch: "col_var", shape: (shape) => (factored(shape) ? [...shape.slice(0, -2), 1, columns(shape)] : [0]) },
    v: { torch: "variance", shape: (shape) => (factored(shape) ? [0] : shape) },
  },
  decay: "decoupled",
  perTensor: true,
  carry: { gain: 1 },
  prepare(_, { beta2Decay }, t, carry) {
    carry[0] = raise(t, -beta2Decay);
  },
  // The column sums of a matrix in f64, then u.
  scratch: (shape) => (factored(shape) ? 2 * columns(shape) : 0) + elements(shape),
  wholePass(k, args, at, { lr, eps1, eps2, d }, t, carry) {
    const { begin, end, c, shape } = args;
    const u = directionAddress(at, shape);
    k.effectiveGradient(begin, end, at.p, at.g, u, c);
    if (factored(shape)) divideMatrices(k, args, at, eps1, carry);
    else {
      args.scalars<"adafactorVector">("eps", eps1);
      args.gains(carry[0] as number);
      k.adafactorVector(begin, end, u, at.v, c);
    }
    const rms = 1 / Math.sqrt(end);
    const size = Math.max(eps2, rms * norm(k, args, at.p));
    const clip = Math.max(1, (rms * norm(k, args, u)) / d);
    args.prologue(1, 0, args.decay);
    args.scalars<"sgd">("rate", (size * Math.min(lr, 1 / Math.sqrt(t))) / clip);
  },
  elementPass(k, { begin, end, c, shape }, at) {
    k.sgd(begin, end, at.p, directionAddress(at, shape), c);
  },
});
