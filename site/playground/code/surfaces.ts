// Gradients and values of the surfaces as programs that a visitor copies: the operations of surfaces/, in the same order, for the same bits.
import type { Settings } from "../settings.js";
import { numberSetting } from "../settings.js";
import { petals } from "../surfaces/flowers.js";
import { type SurfaceName, surfaceOf, surfaceSettings } from "../surfaces.js";

const bowl = `function gradient(x, y, g) {
  g[0] = 2 * x + y;
  g[1] = x + 2 * y;
}`;

const classic: { readonly [name in SurfaceName]?: string } = {
  bowl,
  noisy: bowl,
  rosenbrock: `function gradient(x, y, g) {
  const b = y - x * x;
  g[0] = -2 * (1 - x) - 400 * x * b;
  g[1] = 200 * b;
}`,
  beale: `function gradient(x, y, g) {
  const a = 1.5 - x * (1 - y);
  const b = 2.25 - x * (1 - y * y);
  const c = 2.625 - x * (1 - y * y * y);
  g[0] = -2 * (a * (1 - y) + b * (1 - y * y) + c * (1 - y * y * y));
  g[1] = 2 * x * (a + 2 * b * y + 3 * c * y * y);
}`,
  himmelblau: `function gradient(x, y, g) {
  const a = x * x + y - 11;
  const b = x + y * y - 7;
  g[0] = 4 * x * a + 2 * b;
  g[1] = 2 * a + 4 * y * b;
}`,
  saddle: `function gradient(x, y, g) {
  g[0] = x * (x * x - 1);
  g[1] = y;
}`,
  plateau: `function gradient(x, y, g) {
  const s = 1 + x * x + 4 * y * y;
  g[0] = (2 * x) / (s * s);
  g[1] = (8 * y) / (s * s);
}`,
  wells: `const wells = [{ at: -1.5, depth: 0.8, radius: 1.5 }, { at: 1.5, depth: 0.64, radius: 0.3 }];
function gradient(x, y, g) {
  let [gx, gy] = [0, 0];
  for (const { at, depth, radius } of wells) {
    const dx = x - at;
    const rr = radius * radius;
    const s = 1 + (dx * dx + y * y) / rr;
    gx += (2 * depth * dx) / (rr * s * s);
    gy += (2 * depth * y) / (rr * s * s);
  }
  g[0] = gx;
  g[1] = gy;
}`,
  ripples: `function slope(x) {
  const d = x - Math.round(x);
  return x / 5 + 16 * 0.3 * d * (1 - 4 * d * d);
}
function gradient(x, y, g) {
  g[0] = slope(x);
  g[1] = slope(y);
}`,
};

const kappa = (value: number) => `const kappa = ${value};
function gradient(x, y, g) {
  const u = (4 * x + 3 * y) / 5;
  const v = (4 * y - 3 * x) / 5;
  g[0] = (4 * u - 3 * kappa * v) / 5;
  g[1] = (3 * u + 4 * kappa * v) / 5;
}`;

const column = (name: string, values: readonly number[]) => `const ${name} = [${values.join(", ")}];`;

/** The mean of the gradients of these examples. `one` is the code of one example, which sets gx and gy. */
const meanOver = (one: string) => `const all = lengths.map((_, i) => i);
function gradient(x, y, g, examples = all) {
  let [sumX, sumY] = [0, 0];
  for (const i of examples) {
${one}
    sumX += gx;
    sumY += gy;
  }
  g[0] = sumX / examples.length;
  g[1] = sumY / examples.length;
}`;

const minusMean = `function minusMean(values) {
  let sum = 0;
  for (const value of values) sum += value;
  return values.map((value) => value - sum / values.length);
}`;

const regression = () => `// Petals of 150 irises in cm.
${minusMean}
${column("measured", petals.lengths)}
${column("widths", petals.widths)}
const lengths = minusMean(measured);
${meanOver(`    const error = x * lengths[i] + y - widths[i];
    const gx = 2 * error * lengths[i];
    const gy = 2 * error;`)}`;

// The library's exponential: Math.exp has other last bits in other engines.
export const exponential = `function exponential(x) {
  let [part, halvings, sum] = [-Math.abs(x), 0, 0];
  for (; part < -0.5 && halvings < 11; part /= 2) halvings += 1;
  const factorials = [1];
  for (let k = 1; k <= 16; k++) factorials.push(factorials[k - 1] / k);
  for (let k = 16; k >= 0; k--) sum = factorials[k] + part * sum;
  for (; halvings > 0; halvings--) sum *= sum;
  if (Math.abs(x) > 745) sum = 0;
  return x > 0 ? 1 / sum : sum;
}`;

const logistic = `function logistic(z) {
  const small = exponential(z < 0 ? z : -z);
  return z < 0 ? small / (1 + small) : 1 / (1 + small);
}`;

const classification = () => `// Petals in cm: 50 irises versicolor, then 50 virginica.
${exponential}
${logistic}
${minusMean}
const lengths = minusMean([${petals.lengths.slice(50).join(", ")}]);
const widths = minusMean([${petals.widths.slice(50).join(", ")}]);
${meanOver(`    const error = logistic(x * lengths[i] + y * widths[i]) - (i >= 50 ? 1 : 0);
    const gx = error * lengths[i];
    const gy = error * widths[i];`)}`;

/** A program with the function `gradient(x, y, g)`; for data `gradient(x, y, g, indices)`. */
export function gradientProgram(name: SurfaceName, settings: Settings): string {
  if (name === "regression") return regression();
  if (name === "classification") return classification();
  if (name === "kappa") {
    const { fallback, min, max } = surfaceSettings.kappa;
    return kappa(numberSetting(settings, "kappa", fallback, min, max));
  }
  return `// ${surfaceOf(name, settings).formula}\n${classic[name]}`;
}

/** The statements that return the loss at x and y. They use the constants of the gradient's program. */
const values: { readonly [name in SurfaceName]: string } = {
  bowl: "return x * x + x * y + y * y;",
  noisy: "return x * x + x * y + y * y;",
  kappa: `const u = (4 * x + 3 * y) / 5;
  const v = (4 * y - 3 * x) / 5;
  return (u * u + kappa * v * v) / 2;`,
  rosenbrock: `const [a, b] = [1 - x, y - x * x];
  return a * a + 100 * b * b;`,
  beale: `const a = 1.5 - x * (1 - y);
  const b = 2.25 - x * (1 - y * y);
  const c = 2.625 - x * (1 - y * y * y);
  return a * a + b * b + c * c;`,
  himmelblau: `const [a, b] = [x * x + y - 11, x + y * y - 7];
  return a * a + b * b;`,
  saddle: "return ((x * x - 1) * (x * x - 1)) / 4 + (y * y) / 2;",
  plateau: `const q = x * x + 4 * y * y;
  return q / (1 + q);`,
  wells: `let sum = 1;
  for (const { at, depth, radius } of wells) {
    const dx = x - at;
    sum -= depth / (1 + (dx * dx + y * y) / (radius * radius));
  }
  return sum;`,
  ripples: `const along = (x) => {
    const d = x - Math.round(x);
    const s = 1 - 4 * d * d;
    return (x * x) / 10 + 0.3 * (1 - s * s);
  };
  return along(x) + along(y);`,
  regression: `let sum = 0;
  for (let i = 0; i < lengths.length; i++) {
    const error = x * lengths[i] + y - widths[i];
    sum += error * error;
  }
  return sum / lengths.length;`,
  classification: `let sum = 0;
  for (let i = 0; i < lengths.length; i++) {
    let z = x * lengths[i] + y * widths[i];
    if (i >= 50) z = -z;
    sum += (z > 0 ? z : 0) + logarithm(1 + exponential(z < 0 ? z : -z));
  }
  return sum / lengths.length;`,
};

/** The library's logarithm. */
export const logarithm = `function logarithm(x) {
  let [rest, exponent, sum] = [x / 2, 1, 0];
  for (; rest > Math.SQRT2; rest /= 2) exponent += 1;
  for (; rest < Math.SQRT1_2; rest *= 2) exponent -= 1;
  const y = (rest - 1) / (rest + 1);
  for (let k = 11; k >= 0; k--) sum = 1 / (2 * k + 1) + y * y * sum;
  return exponent * Math.LN2 + 2 * y * sum;
}`;

/** A program with the function `value(x, y)`. */
export const valueProgram = (name: SurfaceName): string =>
  `${name === "classification" ? `${logarithm}\n` : ""}function value(x, y) {\n  ${values[name]}\n}`;
