// Polynomials: the bowl, the narrow valleys, Himmelblau's function with four minima, and a saddle point.
import { landscapes, tilted } from "../../../examples/landscapes/landscapes.js";
import { refine, type Surface } from "./surface.js";

const { bowl: landscapeBowl, rosenbrock: landscapeRosenbrock, beale: landscapeBeale } = landscapes;

const from = ({ formula, start, minimum, value, gradient, curvature }: typeof landscapeBowl) => ({
  formula,
  start,
  minima: [minimum],
  value,
  gradient,
  curvature,
});

export const bowl: Surface = {
  ...from(landscapeBowl),
  title: { en: "Bowl, aslant", ko: "기울어진 그릇" },
  bounds: [-6, 6, -4.5, 4.5],
};

/** The bowl with noise of this standard deviation on each derivative. */
export const noisyBowl = (noise: number): Surface => ({
  ...bowl,
  title: { en: "Bowl with noisy gradients", ko: "기울기에 잡음이 있는 그릇" },
  formula: `${bowl.formula}; σ = ${noise}`,
  noise,
});

export const rosenbrock: Surface = {
  ...from(landscapeRosenbrock),
  title: { en: "Rosenbrock, a curved ravine", ko: "로젠브록: 굽은 좁은 골짜기" },
  bounds: [-2, 2, -1, 2],
};

export const beale: Surface = {
  ...from(landscapeBeale),
  title: { en: "Beale, a plateau with steep walls", ko: "빌: 가파른 벽이 있는 평탄 구간" },
  bounds: [-0.5, 4.5, -1.75, 2],
};

/** The tilted bowl with any condition number. */
export const ravine = (kappa: number): Surface => ({
  title: { en: `Straight ravine, κ = ${kappa}`, ko: `곧은 좁은 골짜기, κ = ${kappa}` },
  formula: `½u² + ½·${kappa}·v², u = (4x + 3y)/5, v = (4y − 3x)/5`,
  bounds: [-3.2, 3.2, -2.4, 2.4],
  start: landscapes.illConditioned.start,
  minima: [[0, 0]],
  ...tilted(kappa),
});

function himmelblauGradient(x: number, y: number, g: Float32Array | Float64Array): void {
  const [a, b] = [x * x + y - 11, x + y * y - 7];
  g[0] = 4 * x * a + 2 * b;
  g[1] = 2 * a + 4 * y * b;
}

export const himmelblau: Surface = {
  title: { en: "Himmelblau, four minima", ko: "힘멜블라우: 최솟점이 네 곳" },
  formula: "(x² + y − 11)² + (x + y² − 7)²",
  bounds: [-8, 8, -6, 6],
  start: [0.5, -4],
  minima: [
    [3, 2],
    refine(himmelblauGradient, [-2.8, 3.1]),
    refine(himmelblauGradient, [-3.8, -3.3]),
    refine(himmelblauGradient, [3.6, -1.8]),
  ],
  value(x, y) {
    const [a, b] = [x * x + y - 11, x + y * y - 7];
    return a * a + b * b;
  },
  gradient: himmelblauGradient,
  // Gauss and Newton's estimate for sums of squares.
  curvature(x, y, h) {
    h[0] = 8 * x * x + 2;
    h[1] = 2 + 8 * y * y;
  },
};

export const saddle: Surface = {
  title: { en: "Saddle point between two minima", ko: "두 최솟점 사이의 안장점" },
  formula: "¼(x² − 1)² + ½y²",
  bounds: [-2, 2, -1.5, 1.5],
  start: [0.01, 1.2],
  minima: [
    [1, 0],
    [-1, 0],
  ],
  value: (x, y) => ((x * x - 1) * (x * x - 1)) / 4 + (y * y) / 2,
  gradient(x, y, g) {
    g[0] = x * (x * x - 1);
    g[1] = y;
  },
  curvature(x, _y, h) {
    h[0] = Math.max(0, 3 * x * x - 1);
    h[1] = 1;
  },
};
