// What Sophia observes, as programs that a visitor copies: roots of the curvatures of surfaces/, in the same order, for the same bits.
import type { SurfaceName } from "../surfaces.js";

/** The statements that set h[0] and h[1], the curvatures at x and y. They use the constants of the gradient's program. */
const curvatures: { readonly [name in SurfaceName]: string } = {
  bowl: "[h[0], h[1]] = [2, 2];",
  noisy: "[h[0], h[1]] = [2, 2];",
  kappa: "[h[0], h[1]] = [(16 + 9 * kappa) / 25, (9 + 16 * kappa) / 25];",
  rosenbrock: "[h[0], h[1]] = [2 + 800 * x * x, 200];",
  beale: `const [a, b, c] = [1 - y, 1 - y * y, 1 - y * y * y];
  h[0] = 2 * (a * a + b * b + c * c);
  h[1] = 2 * x * x * (1 + 4 * y * y + 9 * y * y * y * y);`,
  himmelblau: "[h[0], h[1]] = [8 * x * x + 2, 2 + 8 * y * y];",
  saddle: "[h[0], h[1]] = [Math.max(0, 3 * x * x - 1), 1];",
  plateau: `const s = 1 + x * x + 4 * y * y;
  h[0] = Math.max(0, (2 * s - 8 * x * x) / (s * s * s));
  h[1] = Math.max(0, (8 * s - 128 * y * y) / (s * s * s));`,
  wells: `let [xx, yy] = [0, 0];
  for (const { at, depth, radius } of wells) {
    const dx = x - at;
    const rr = radius * radius;
    const s = 1 + (dx * dx + y * y) / rr;
    xx += (2 * depth * (rr * s - 4 * dx * dx)) / (rr * rr * s * s * s);
    yy += (2 * depth * (rr * s - 4 * y * y)) / (rr * rr * s * s * s);
  }
  h[0] = Math.max(0, xx);
  h[1] = Math.max(0, yy);`,
  ripples: `const along = (d) => Math.max(0, 0.2 + 16 * 0.3 * (1 - 12 * d * d));
  h[0] = along(x - Math.round(x));
  h[1] = along(y - Math.round(y));`,
  regression: `let sum = 0;
  for (const length of lengths) sum += length * length;
  h[0] = (2 * sum) / lengths.length;
  h[1] = 2;`,
  classification: `let [xx, yy] = [0, 0];
  for (const i of all) {
    const p = logistic(x * lengths[i] + y * widths[i]);
    xx += p * (1 - p) * lengths[i] * lengths[i];
    yy += p * (1 - p) * widths[i] * widths[i];
  }
  h[0] = xx / all.length;
  h[1] = yy / all.length;`,
};

/** A program with the function `curvature(x, y, h)`. The rule squares what it observes, so h gets the roots, rounded to f32 before. */
export const curvatureProgram = (name: SurfaceName): string => `function curvature(x, y, h) {
  ${curvatures[name]}
  h[0] = Math.sqrt(h[0]);
  h[1] = Math.sqrt(h[1]);
}`;
