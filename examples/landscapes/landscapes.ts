// The functions to minimize, in f64, from + − × ÷ alone: the same bits on every engine.

export type Point = readonly [x: number, y: number];

export interface Landscape {
  readonly title: string;
  readonly formula: string;
  readonly source: string;
  readonly start: Point;
  readonly minimum: Point;
  value(x: number, y: number): number;
  /** Writes both derivatives into `g`. */
  gradient(x: number, y: number, g: Float32Array | Float64Array): void;
  /**
   * Writes an estimate of both second derivatives: exact for quadratic forms; for sums of squares, Gauss–Newton's 2·Σ(∂rᵢ)², which is never
   * negative, and exact at the minimum.
   */
  curvature(x: number, y: number, h: Float32Array | Float64Array): void;
}

/** Tilted axes: with aligned axes, a rule that scales each coordinate would solve two problems of one variable. */
const bowl: Landscape = {
  title: "bowl",
  formula: "x² + xy + y²",
  source: "curvatures 1 and 3, its axes at 45° to the coordinates",
  start: [-4, 1],
  minimum: [0, 0],
  value: (x, y) => x * x + x * y + y * y,
  gradient(x, y, g) {
    g[0] = 2 * x + y;
    g[1] = x + 2 * y;
  },
  curvature(_x, _y, h) {
    h[0] = 2;
    h[1] = 2;
  },
};

const rosenbrock: Landscape = {
  title: "Rosenbrock",
  formula: "(1 − x)² + 100·(y − x²)²",
  source: "[Rosenbrock 1960](https://doi.org/10.1093/comjnl/3.3.175), with its start",
  start: [-1.2, 1],
  minimum: [1, 1],
  value(x, y) {
    const [a, b] = [1 - x, y - x * x];
    return a * a + 100 * b * b;
  },
  gradient(x, y, g) {
    const b = y - x * x;
    g[0] = -2 * (1 - x) - 400 * x * b;
    g[1] = 200 * b;
  },
  curvature(x, _, h) {
    h[0] = 2 + 800 * x * x;
    h[1] = 200;
  },
};

const beale: Landscape = {
  title: "Beale",
  formula: "(1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²",
  source: "[Moré, Garbow & Hillstrom 1981](https://doi.org/10.1145/355934.355936), number 5, with its start",
  start: [1, 1],
  minimum: [3, 0.5],
  value(x, y) {
    const a = 1.5 - x * (1 - y);
    const b = 2.25 - x * (1 - y * y);
    const c = 2.625 - x * (1 - y * y * y);
    return a * a + b * b + c * c;
  },
  gradient(x, y, g) {
    const a = 1.5 - x * (1 - y);
    const b = 2.25 - x * (1 - y * y);
    const c = 2.625 - x * (1 - y * y * y);
    g[0] = -2 * (a * (1 - y) + b * (1 - y * y) + c * (1 - y * y * y));
    g[1] = 2 * x * (a + 2 * b * y + 3 * c * y * y);
  },
  curvature(x, y, h) {
    const [a, b, c] = [1 - y, 1 - y * y, 1 - y * y * y];
    h[0] = 2 * (a * a + b * b + c * c);
    h[1] = 2 * x * x * (1 + 4 * y * y + 9 * y * y * y * y);
  },
};

/** ½(u² + κv²), with axes turned by arccos(4/5); κ is the condition number. */
export const tilted = (condition: number) =>
  ({
    value(x, y) {
      const u = (4 * x + 3 * y) / 5;
      const v = (4 * y - 3 * x) / 5;
      return (u * u + condition * v * v) / 2;
    },
    gradient(x, y, g) {
      const u = (4 * x + 3 * y) / 5;
      const v = (4 * y - 3 * x) / 5;
      g[0] = (4 * u - 3 * condition * v) / 5;
      g[1] = (3 * u + 4 * condition * v) / 5;
    },
    curvature(_x, _y, h) {
      h[0] = (16 + 9 * condition) / 25;
      h[1] = (9 + 16 * condition) / 25;
    },
  }) satisfies Pick<Landscape, "value" | "gradient" | "curvature">;

const illConditioned: Landscape = {
  title: "κ = 10⁴",
  formula: "½u² + ½·10⁴·v², u = (4x + 3y)/5, v = (4y − 3x)/5",
  source: "curvatures 1 and 10⁴, its axes at 37° to the coordinates",
  start: [1, 2],
  minimum: [0, 0],
  ...tilted(10_000),
};

export const landscapes = { bowl, rosenbrock, beale, illConditioned };

export type LandscapeName = keyof typeof landscapes;

export const landscapeNames = Object.keys(landscapes) as LandscapeName[];
