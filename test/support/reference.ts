// Each rule as a plain loop, written from its paper. Tests compare with it on Float64Array, benchmarks on Float32Array. Shares no code with
// kernels and specs.
import type { HyperValues, Rule, rules } from "../../src/index.js";

export type Floats = Float32Array | Float64Array;

/**
 * Step number t, from 1, of one tensor, in place. Slots that the hyper-parameters do not need are undefined. `carry`, empty at first, has
 * the numbers that a rule carries from step to step.
 */
type Reference<R> =
  R extends Rule<infer H, infer S>
    ? (
        p: Floats,
        g: Floats,
        state: { [K in keyof S]: S[K] extends { needs: unknown } ? Floats | undefined : Floats },
        values: HyperValues<H>,
        t: number,
        carry: number[],
        shape: readonly number[],
      ) => void
    : never;

type Rules = typeof rules;

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}
function norm(x: Floats): number {
  let total = 0;
  for (let i = 0; i < x.length; i++) total += x[i] * x[i];
  return Math.sqrt(total);
}
/** `count` elements from `from` on, at distances of `step`: a row or column of a matrix. */
const every = (x: Floats, from: number, step: number, count: number) =>
  Array.from({ length: count }, (_, i) => x[from + i * step]);

/** The product of matrices given as rows. */
const times = (a: number[][], b: number[][]) => a.map((row) => b[0].map((_, j) => sum(row.map((x, k) => x * b[k][j]))));
const transposed = (a: number[][]) => a[0].map((_, j) => a.map((row) => row[j]));

export const references: { [N in keyof Rules]: Reference<Rules[N]> } = {
  sgd(p, g, _, { lr, weightDecay }) {
    for (let i = 0; i < p.length; i++) {
      p[i] -= lr * (g[i] + weightDecay * p[i]);
    }
  },

  momentum(p, g, { b }, { lr, momentum, dampening, lrInMomentum, weightDecay }, t) {
    const share = t === 1 ? 1 : 1 - dampening;
    const [inside, outside] = lrInMomentum ? [lr, 1] : [1, lr];
    for (let i = 0; i < p.length; i++) {
      b[i] = momentum * b[i] + inside * share * (g[i] + weightDecay * p[i]);
      p[i] -= outside * b[i];
    }
  },

  nesterov(p, g, { b }, { lr, momentum, lrInMomentum, weightDecay }) {
    const [inside, outside] = lrInMomentum ? [lr, 1] : [1, lr];
    for (let i = 0; i < p.length; i++) {
      const x = inside * (g[i] + weightDecay * p[i]);
      b[i] = momentum * b[i] + x;
      p[i] -= outside * (x + momentum * b[i]);
    }
  },

  adagrad(p, g, { s }, { lr, lrDecay, eps, weightDecay }, t) {
    const rate = lr / (1 + (t - 1) * lrDecay);
    for (let i = 0; i < p.length; i++) {
      const x = g[i] + weightDecay * p[i];
      s[i] += x * x;
      p[i] -= (rate * x) / (Math.sqrt(s[i]) + eps);
    }
  },

  adadelta(p, g, { v, u }, { lr, rho, eps, weightDecay }) {
    for (let i = 0; i < p.length; i++) {
      const x = g[i] + weightDecay * p[i];
      v[i] = rho * v[i] + (1 - rho) * x * x;
      const d = (Math.sqrt(u[i] + eps) / Math.sqrt(v[i] + eps)) * x;
      u[i] = rho * u[i] + (1 - rho) * d * d;
      p[i] -= lr * d;
    }
  },

  rmsprop(p, g, { v, a, b }, { lr, rho, eps, epsInRoot, momentum, lrInMomentum, weightDecay }) {
    const [inside, outside] = b && lrInMomentum ? [lr, 1] : [1, lr];
    for (let i = 0; i < p.length; i++) {
      const x = g[i] + weightDecay * p[i];
      v[i] = rho * v[i] + (1 - rho) * x * x;
      let variance = v[i];
      if (a) {
        a[i] = rho * a[i] + (1 - rho) * x;
        variance = Math.max(v[i] - a[i] * a[i], 0);
      }
      let d = (inside * x) / (epsInRoot ? Math.sqrt(variance + eps) : Math.sqrt(variance) + eps);
      if (b) d = b[i] = momentum * b[i] + d;
      p[i] -= outside * d;
    }
  },

  adam(p, g, { m, v }, { lr, beta1, beta2, eps, epsHat, epsRoot, weightDecay }, t) {
    const correction1 = 1 - beta1 ** t;
    const root2 = Math.sqrt(1 - beta2 ** t);
    const rate = lr / correction1;
    for (let i = 0; i < p.length; i++) {
      const x = g[i] + weightDecay * p[i];
      m[i] = beta1 * m[i] + (1 - beta1) * x;
      v[i] = beta2 * v[i] + (1 - beta2) * x * x;
      p[i] -= (rate * m[i]) / (Math.sqrt(v[i] / root2 ** 2 + epsRoot) + (epsHat ? eps / root2 : eps));
    }
  },

  adamw(p, g, { m, v }, { lr, beta1, beta2, eps, epsHat, epsRoot, weightDecay }, t) {
    const rate = lr / (1 - beta1 ** t);
    const root2 = Math.sqrt(1 - beta2 ** t);
    for (let i = 0; i < p.length; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i];
      v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
      const root = Math.sqrt(v[i] / root2 ** 2 + epsRoot);
      p[i] = p[i] * (1 - lr * weightDecay) - (rate * m[i]) / (root + (epsHat ? eps / root2 : eps));
    }
  },

  amsgrad(p, g, { m, v, h }, { lr, beta1, beta2, eps, epsHat, corrected, weightDecay }, t) {
    const rate = lr / (1 - beta1 ** t);
    const root2 = Math.sqrt(1 - beta2 ** t);
    for (let i = 0; i < p.length; i++) {
      const x = g[i] + weightDecay * p[i];
      m[i] = beta1 * m[i] + (1 - beta1) * x;
      v[i] = beta2 * v[i] + (1 - beta2) * x * x;
      h[i] = Math.max(h[i], corrected ? v[i] / root2 ** 2 : v[i]);
      const root = corrected ? Math.sqrt(h[i]) : Math.sqrt(h[i]) / root2;
      p[i] -= (rate * m[i]) / (root + (epsHat ? eps / root2 : eps));
    }
  },

  adamax(p, g, { m, u }, { lr, beta1, beta2, eps, epsInMax, weightDecay }, t) {
    const rate = lr / (1 - beta1 ** t);
    for (let i = 0; i < p.length; i++) {
      const x = g[i] + weightDecay * p[i];
      m[i] = beta1 * m[i] + (1 - beta1) * x;
      u[i] = Math.max(beta2 * u[i], Math.abs(x) + (epsInMax ? eps : 0));
      p[i] -= (rate * m[i]) / (u[i] + (epsInMax ? 0 : eps));
    }
  },

  radam(p, g, { m, v }, { lr, beta1, beta2, eps, epsHat, weightDecay }, t) {
    const rate = lr / (1 - beta1 ** t);
    const l = Math.sqrt(1 - beta2 ** t);
    const last = 2 / (1 - beta2) - 1;
    const rho = last - (2 * t * beta2 ** t) / (1 - beta2 ** t);
    const r = Math.sqrt(((rho - 4) * (rho - 2) * last) / ((last - 4) * (last - 2) * rho));
    for (let i = 0; i < p.length; i++) {
      const x = g[i] + weightDecay * p[i];
      m[i] = beta1 * m[i] + (1 - beta1) * x;
      v[i] = beta2 * v[i] + (1 - beta2) * x * x;
      p[i] -= rho > 5 ? (rate * m[i] * r) / (Math.sqrt(v[i]) / l + (epsHat ? eps / l : eps)) : rate * m[i];
    }
  },

  lion(p, g, { m }, { lr, beta1, beta2, weightDecay }) {
    for (let i = 0; i < p.length; i++) {
      const direction = Math.sign(beta1 * m[i] + (1 - beta1) * g[i]);
      p[i] -= lr * (direction + weightDecay * p[i]);
      m[i] = beta2 * m[i] + (1 - beta2) * g[i];
    }
  },

  adabelief(p, g, { m, s }, { lr, beta1, beta2, eps, weightDecay }, t) {
    const rate = lr / (1 - beta1 ** t);
    const root2 = Math.sqrt(1 - beta2 ** t);
    for (let i = 0; i < p.length; i++) {
      const x = g[i] + weightDecay * p[i];
      m[i] = beta1 * m[i] + (1 - beta1) * x;
      s[i] = beta2 * s[i] + (1 - beta2) * (x - m[i]) ** 2 + eps;
      p[i] -= (rate * m[i]) / (Math.sqrt(s[i]) / root2 + eps);
    }
  },

  yogi(p, g, { m, v }, { lr, beta1, beta2, eps, weightDecay }, t) {
    const rate = lr / (1 - beta1 ** t);
    const root2 = Math.sqrt(1 - beta2 ** t);
    for (let i = 0; i < p.length; i++) {
      const x = g[i] + weightDecay * p[i];
      m[i] = beta1 * m[i] + (1 - beta1) * x;
      v[i] -= (1 - beta2) * Math.sign(v[i] - x * x) * x * x;
      p[i] -= (rate * m[i]) / (Math.sqrt(v[i]) / root2 + eps);
    }
  },

  signum(p, g, { m }, { lr, momentum, weightDecay }) {
    for (let i = 0; i < p.length; i++) {
      m[i] = momentum * m[i] + (1 - momentum) * g[i];
      p[i] -= lr * (Math.sign(m[i]) + weightDecay * p[i]);
    }
  },

  qhm(p, g, { b }, { lr, momentum, nu, weightDecay }) {
    for (let i = 0; i < p.length; i++) {
      const x = g[i] + weightDecay * p[i];
      b[i] = momentum * b[i] + (1 - momentum) * x;
      p[i] -= lr * ((1 - nu) * x + nu * b[i]);
    }
  },

  ademamix(p, g, { m, n, v }, { lr, beta1, beta2, beta3, alpha, eps, weightDecay }, t) {
    const correction1 = 1 - beta1 ** t;
    const root2 = Math.sqrt(1 - beta2 ** t);
    for (let i = 0; i < p.length; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i];
      n[i] = beta3 * n[i] + (1 - beta3) * g[i];
      v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
      p[i] -= lr * ((m[i] / correction1 + alpha * n[i]) / (Math.sqrt(v[i]) / root2 + eps) + weightDecay * p[i]);
    }
  },

  adopt(p, g, { m, v }, { lr, beta1, beta2, eps, weightDecay }, t) {
    const bound = (t - 1) ** 0.25;
    for (let i = 0; i < p.length; i++) {
      const u = Math.min(Math.max(g[i] / Math.max(Math.sqrt(v[i]), eps), -bound), bound);
      m[i] = beta1 * m[i] + (1 - beta1) * u;
      v[i] = t === 1 ? g[i] * g[i] : beta2 * v[i] + (1 - beta2) * g[i] * g[i];
      p[i] -= lr * (m[i] + weightDecay * p[i]);
    }
  },

  adan(p, g, { m, w, n, q }, { lr, beta1, beta2, beta3, eps, weightDecay }, t) {
    const [c1, c2, root3] = [1 - beta1 ** t, 1 - beta2 ** t, Math.sqrt(1 - beta3 ** t)];
    for (let i = 0; i < p.length; i++) {
      const d = t === 1 ? 0 : g[i] - q[i];
      m[i] = beta1 * m[i] + (1 - beta1) * g[i];
      w[i] = beta2 * w[i] + (1 - beta2) * d;
      n[i] = beta3 * n[i] + (1 - beta3) * (g[i] + beta2 * d) ** 2;
      q[i] = g[i];
      p[i] = (p[i] - (lr * (m[i] / c1 + (beta2 * w[i]) / c2)) / (Math.sqrt(n[i]) / root3 + eps)) / (1 + lr * weightDecay);
    }
  },

  nadam(p, g, { m, v }, { lr, beta1, beta2, eps, momentumDecay, weightDecay }, t, carry) {
    const mu = (step: number) => beta1 * (1 - 0.5 * 0.96 ** (step * momentumDecay));
    const product = (t === 1 ? 1 : carry[0]) * mu(t);
    carry[0] = product;
    const fresh = (1 - mu(t)) / (1 - product);
    const rate = mu(t + 1) / (1 - product * mu(t + 1));
    const root2 = Math.sqrt(1 - beta2 ** t);
    for (let i = 0; i < p.length; i++) {
      const x = g[i] + weightDecay * p[i];
      m[i] = beta1 * m[i] + (1 - beta1) * x;
      v[i] = beta2 * v[i] + (1 - beta2) * x * x;
      p[i] -= (lr * (fresh * x + rate * m[i])) / (Math.sqrt(v[i]) / root2 + eps);
    }
  },

  rprop(p, g, { q, s }, { etaMinus, etaPlus, stepMin, stepMax, weightDecay }) {
    for (let i = 0; i < p.length; i++) {
      let x = g[i] + weightDecay * p[i];
      const agreement = Math.sign(x) * Math.sign(q[i]);
      const factor = agreement > 0 ? etaPlus : agreement < 0 ? etaMinus : 1;
      s[i] = Math.min(Math.max(s[i] * factor, stepMin), stepMax);
      if (agreement < 0) x = 0;
      q[i] = x;
      p[i] -= Math.sign(x) * s[i];
    }
  },

  asgd(p, g, { a }, { lr, lambd, alpha, t0, weightDecay }, t) {
    const rate = lr / (1 + lambd * lr * (t - 1)) ** alpha;
    for (let i = 0; i < p.length; i++) {
      const x = g[i] + weightDecay * p[i];
      p[i] = p[i] * (1 - lambd * rate) - rate * x;
      a[i] += (p[i] - a[i]) / Math.max(1, t - 1 - t0);
    }
  },

  madgrad(p, g, { n, s, q }, { lr, momentum, eps, weightDecay }, t) {
    const rate = (lr + eps) * Math.sqrt(t);
    for (let i = 0; i < p.length; i++) {
      if (t === 1) q[i] = p[i];
      const x = g[i] + weightDecay * p[i];
      s[i] += rate * x;
      n[i] += rate * x * x;
      p[i] = momentum * p[i] + (1 - momentum) * (q[i] - s[i] / (Math.cbrt(n[i]) + eps));
    }
  },

  ftrl(p, g, { n, z }, { lr, l1, l2, l2Shrinkage, beta, weightDecay }) {
    for (let i = 0; i < p.length; i++) {
      const decayed = p[i] * (1 - lr * weightDecay);
      const before = n[i];
      n[i] += g[i] * g[i];
      z[i] += g[i] + 2 * l2Shrinkage * decayed - ((Math.sqrt(n[i]) - Math.sqrt(before)) / lr) * decayed;
      const clipped = Math.min(Math.max(z[i], -l1), l1);
      p[i] = (clipped - z[i]) / ((Math.sqrt(n[i]) + beta) / lr + 2 * l2);
    }
  },

  sophia(p, g, { m, h }, { lr, beta1, rho, batchSize, weightDecay }) {
    for (let i = 0; i < p.length; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i];
      const step = Math.min(Math.max(m[i] / (rho * batchSize * h[i] + 1e-15), -1), 1);
      p[i] -= lr * (step + weightDecay * p[i]);
    }
  },

  scheduleFreeSgd(p, g, { z }, { lr, momentum, warmup, r, weightPower, weightDecay }, t, carry) {
    const rate = lr * (t < warmup ? t / warmup : 1);
    carry[0] = Math.max(carry[0] ?? 0, rate);
    const weight = t ** r * carry[0] ** weightPower;
    carry[1] = (carry[1] ?? 0) + weight;
    const share = weight / carry[1] || 0;
    for (let i = 0; i < p.length; i++) {
      if (t === 1) z[i] = p[i];
      const x = g[i] + weightDecay * p[i];
      p[i] = (1 - share) * p[i] + share * z[i] + rate * (momentum * (1 - share) - 1) * x;
      z[i] -= rate * x;
    }
  },

  scheduleFreeAdamw(p, g, { z, v }, { lr, beta1, beta2, eps, warmup, r, weightPower, weightDecay }, t, carry) {
    const rate = lr * (t < warmup ? t / warmup : 1);
    carry[0] = Math.max(carry[0] ?? 0, rate);
    const weight = t ** r * carry[0] ** weightPower;
    carry[1] = (carry[1] ?? 0) + weight;
    const share = weight / carry[1] || 0;
    const root2 = Math.sqrt(1 - beta2 ** t);
    for (let i = 0; i < p.length; i++) {
      if (t === 1) z[i] = p[i];
      v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
      const d = g[i] / (Math.sqrt(v[i]) / root2 + eps) + weightDecay * p[i];
      p[i] = (1 - share) * p[i] + share * z[i] + rate * (beta1 * (1 - share) - 1) * d;
      z[i] -= rate * d;
    }
  },

  lars(p, g, { b }, { lr, momentum, trust, eps, weightDecay }) {
    const [pNorm, gNorm] = [norm(p), norm(g)];
    const ratio = pNorm > 0 && gNorm > 0 ? (trust * pNorm) / (gNorm + weightDecay * pNorm + eps) : 1;
    for (let i = 0; i < p.length; i++) {
      b[i] = momentum * b[i] + lr * ratio * (g[i] + weightDecay * p[i]);
      p[i] -= b[i];
    }
  },

  lamb(p, g, { m, v }, { lr, beta1, beta2, eps, weightDecay }, t) {
    const u = Float64Array.from(p, (pi, i) => {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i];
      v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
      return m[i] / (1 - beta1 ** t) / (Math.sqrt(v[i] / (1 - beta2 ** t)) + eps) + weightDecay * pi;
    });
    const [pNorm, uNorm] = [norm(p), norm(u)];
    const ratio = pNorm > 0 && uNorm > 0 ? pNorm / uNorm : 1;
    for (let i = 0; i < p.length; i++) p[i] -= lr * ratio * u[i];
  },

  novograd(p, g, { m, v }, { lr, beta1, beta2, eps, weightDecay }, t) {
    const square = norm(g) ** 2;
    v[0] = t === 1 ? square : beta2 * v[0] + (1 - beta2) * square;
    for (let i = 0; i < p.length; i++) {
      m[i] = beta1 * m[i] + g[i] / (Math.sqrt(v[0]) + eps) + weightDecay * p[i];
      p[i] -= lr * m[i];
    }
  },

  adafactor(p, g, { row, column, v }, { lr, beta2Decay, eps1, eps2, d, weightDecay }, t, _, shape) {
    const beta2 = 1 - t ** -beta2Decay;
    const u = Float64Array.from(g);
    if (shape.length === 1) {
      for (let i = 0; i < p.length; i++) {
        v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
        u[i] /= Math.max(Math.sqrt(v[i]), eps1);
      }
    } else {
      const [rows, columns] = shape.slice(-2);
      const meanSquare = (values: number[]) => sum(values.map((x) => x * x)) / values.length;
      for (let k = 0; k < p.length / (rows * columns); k++) {
        const from = k * rows * columns;
        for (let i = 0; i < rows; i++) {
          const square = meanSquare(every(g, from + i * columns, 1, columns));
          row[k * rows + i] = beta2 * row[k * rows + i] + (1 - beta2) * square;
        }
        for (let j = 0; j < columns; j++) {
          const square = meanSquare(every(g, from + j, columns, rows));
          column[k * columns + j] = beta2 * column[k * columns + j] + (1 - beta2) * square;
        }
        const mean = Math.max(sum(every(row, k * rows, 1, rows)) / rows, eps1);
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < columns; j++) {
            u[from + i * columns + j] /= Math.max(Math.sqrt((row[k * rows + i] * column[k * columns + j]) / mean), eps1);
          }
        }
      }
    }
    const rms = (x: Floats) => norm(x) / Math.sqrt(x.length);
    const rate = (Math.max(eps2, rms(p)) * Math.min(lr, 1 / Math.sqrt(t))) / Math.max(1, rms(u) / d);
    for (let i = 0; i < p.length; i++) p[i] = (1 - lr * weightDecay) * p[i] - rate * u[i];
  },

  sm3(p, g, { b, a }, { lr, momentum, eps, weightDecay }, _, __, shape) {
    const next = new Float64Array(a.length);
    for (let i = 0; i < p.length; i++) {
      // For each index of this element, the position of its bound in a.
      let [stride, first] = [p.length, 0];
      const bounds = shape.map((size) => {
        stride /= size;
        first += size;
        return first - size + (Math.floor(i / stride) % size);
      });
      const x = g[i] + weightDecay * p[i];
      const v = Math.min(...bounds.map((bound) => a[bound])) + x * x;
      for (const bound of bounds) next[bound] = Math.max(next[bound], v);
      b[i] = momentum * b[i] + ((1 - momentum) * x) / Math.sqrt(v + eps);
      p[i] -= lr * b[i];
    }
    a.set(next);
  },

  prodigy(p, g, { m, v, s, q }, { lr, beta1, beta2, eps, d0, dCoef, growth, weightDecay }, t, carry) {
    if (t === 1) {
      q.set(p);
      carry.push(d0, d0, 0);
    }
    const [d, dMax, n] = carry;
    const beta3 = Math.sqrt(beta2);
    let reach = 0;
    for (let i = 0; i < p.length; i++) reach += g[i] * (q[i] - p[i]);
    const numerator = beta3 * n + (d / d0) * d * lr * reach;
    for (let i = 0; i < p.length; i++) {
      m[i] = beta1 * m[i] + d * (1 - beta1) * g[i];
      v[i] = beta2 * v[i] + d * d * (1 - beta2) * g[i] * g[i];
      s[i] = beta3 * s[i] + (d / d0) * d * lr * g[i];
    }
    const found = (dCoef * numerator) / sum(s.map(Math.abs));
    const largest = Math.max(dMax, found);
    const next = Math.min(largest, growth * (d === d0 ? Math.max(d, found) : d));
    carry.splice(0, 3, next, largest, numerator);
    for (let i = 0; i < p.length; i++)
      p[i] = (1 - d * lr * weightDecay) * p[i] - (d * lr * m[i]) / (Math.sqrt(v[i]) + next * eps);
  },

  dog(p, g, { q }, { lr, reps, eps, weightDecay }, t, carry) {
    if (t === 1) q.set(p);
    const x = g.map((gi, i) => gi + weightDecay * p[i]);
    carry[0] = t === 1 ? reps * (1 + norm(p)) : Math.max(carry[0], norm(p.map((pi, i) => pi - q[i])));
    carry[1] = (carry[1] ?? 0) + norm(x) ** 2;
    for (let i = 0; i < p.length; i++) p[i] -= ((lr * carry[0]) / Math.sqrt(carry[1] + eps)) * x[i];
  },

  muon(p, g, { b, m, v }, values, t, _, shape) {
    const { lr, momentum, nesterov, normEps, matchRms, adamScale, beta1, beta2, eps, weightDecay } = values;
    if (shape.length !== 2) {
      references.adamw(
        p,
        g,
        { m, v },
        { lr: lr * adamScale, beta1, beta2, eps, epsHat: false, epsRoot: 0, weightDecay },
        t,
        [],
        shape,
      );
      return;
    }
    const [rows, columns] = shape;
    for (let i = 0; i < p.length; i++) b[i] = momentum * b[i] + (1 - momentum) * g[i];
    const u = Float64Array.from(b, (bi, i) => (nesterov ? (1 - momentum) * g[i] + momentum * bi : bi));
    const scale = 1 / Math.max(norm(u), normEps);
    let x = Array.from({ length: rows }, (_, i) => every(u, i * columns, 1, columns).map((ui) => ui * scale));
    if (rows > columns) x = transposed(x);
    for (let i = 0; i < 5; i++) {
      const a = times(x, transposed(x));
      const square = times(a, a);
      const polynomial = a.map((line, i) => line.map((aij, j) => -4.775 * aij + 2.0315 * square[i][j]));
      const product = times(polynomial, x);
      x = x.map((line, i) => line.map((xij, j) => 3.4445 * xij + product[i][j]));
    }
    if (rows > columns) x = transposed(x);
    const factor = matchRms ? 0.2 * Math.sqrt(Math.max(rows, columns)) : Math.sqrt(Math.max(1, rows / columns));
    for (const [i, xi] of x.flat().entries()) p[i] = (1 - lr * weightDecay) * p[i] - lr * factor * xi;
  },
};
