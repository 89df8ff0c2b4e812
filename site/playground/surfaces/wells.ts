// Surfaces with flat regions and several minima, from rational functions and polynomials.
import { type Point, refine, type Surface } from "./surface.js";

/** A well of half its depth at distance `radius` from the centre: −depth/(1 + d²/radius²). */
interface Well {
  readonly x: number;
  readonly depth: number;
  readonly radius: number;
}

export const plateau: Surface = {
  title: { en: "Plateau around a basin", ko: "분지를 둘러싼 평탄 구간" },
  formula: "q/(1 + q), q = x² + 4y²",
  bounds: [-6, 6, -4.5, 4.5],
  start: [-4, 1.5],
  minima: [[0, 0]],
  value(x, y) {
    const q = x * x + 4 * y * y;
    return q / (1 + q);
  },
  gradient(x, y, g) {
    const s = 1 + x * x + 4 * y * y;
    g[0] = (2 * x) / (s * s);
    g[1] = (8 * y) / (s * s);
  },
  curvature(x, y, h) {
    const s = 1 + x * x + 4 * y * y;
    h[0] = Math.max(0, (2 * s - 8 * x * x) / (s * s * s));
    h[1] = Math.max(0, (8 * s - 128 * y * y) / (s * s * s));
  },
};

// The depths make both minima equally low, to three digits.
const pair: readonly Well[] = [
  { x: -1.5, depth: 0.8, radius: 1.5 },
  { x: 1.5, depth: 0.64, radius: 0.3 },
];

function wellsGradient(x: number, y: number, g: Float32Array | Float64Array): void {
  let [gx, gy] = [0, 0];
  for (const { x: centre, depth, radius } of pair) {
    const [dx, rr] = [x - centre, radius * radius];
    const s = 1 + (dx * dx + y * y) / rr;
    gx += (2 * depth * dx) / (rr * s * s);
    gy += (2 * depth * y) / (rr * s * s);
  }
  g[0] = gx;
  g[1] = gy;
}

export const wells: Surface = {
  title: { en: "A flat and a sharp minimum", ko: "평탄한 최솟값과 날카로운 최솟값" },
  formula: "1 − 0.8/(1 + ((x + 1.5)² + y²)/1.5²) − 0.64/(1 + ((x − 1.5)² + y²)/0.3²)",
  bounds: [-4, 4, -3, 3],
  start: [2.2, 0.9],
  minima: pair.map(({ x }) => refine(wellsGradient, [x, 0])),
  value(x, y) {
    let sum = 1;
    for (const { x: centre, depth, radius } of pair) {
      const dx = x - centre;
      sum -= depth / (1 + (dx * dx + y * y) / (radius * radius));
    }
    return sum;
  },
  gradient: wellsGradient,
  curvature(x, y, h) {
    let [xx, yy] = [0, 0];
    for (const { x: centre, depth, radius } of pair) {
      const [dx, rr] = [x - centre, radius * radius];
      const s = 1 + (dx * dx + y * y) / rr;
      xx += (2 * depth * (rr * s - 4 * dx * dx)) / (rr * rr * s * s * s);
      yy += (2 * depth * (rr * s - 4 * y * y)) / (rr * rr * s * s * s);
    }
    h[0] = Math.max(0, xx);
    h[1] = Math.max(0, yy);
  },
};

/** Depth of the ripples. */
const ripple = 0.3;

/** One axis of the ripples: x²/10 and a dent of the form 1 − (1 − 4d²)² around each integer, d = x − round(x). */
function along(x: number): { value: number; slope: number; curvature: number } {
  const d = x - Math.round(x);
  const s = 1 - 4 * d * d;
  return {
    value: (x * x) / 10 + ripple * (1 - s * s),
    slope: x / 5 + 16 * ripple * d * s,
    curvature: 0.2 + 16 * ripple * (1 - 12 * d * d),
  };
}

function ripplesGradient(x: number, y: number, g: Float32Array | Float64Array): void {
  g[0] = along(x).slope;
  g[1] = along(y).slope;
}

/** All local minima, the deepest first: one near each pair of integers. */
function dents(columns: number, rows: number): Point[] {
  const integers = (most: number) => Array.from({ length: 2 * most + 1 }, (_, i) => i - most);
  const pairs = integers(columns).flatMap((x) => integers(rows).map((y): Point => [x, y]));
  return pairs.sort((p, q) => p[0] * p[0] + p[1] * p[1] - q[0] * q[0] - q[1] * q[1]).map((p) => refine(ripplesGradient, p));
}

export const ripples: Surface = {
  title: { en: "Rippled bowl, 63 minima", ko: "물결 그릇: 극솟값 63개" },
  formula: "(x² + y²)/10 + 0.3·(2 − b(x) − b(y)), b(x) = (1 − 4d²)², d = x − round(x)",
  bounds: [-4, 4, -3, 3],
  start: [-3.4, 2.3],
  minima: dents(4, 3),
  value: (x, y) => along(x).value + along(y).value,
  gradient: ripplesGradient,
  curvature(x, y, h) {
    h[0] = Math.max(0, along(x).curvature);
    h[1] = Math.max(0, along(y).curvature);
  },
};
