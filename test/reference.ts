// Each rule as the plain loop that one would write from its paper. On Float64Array it is what the tests compare with, on
// Float32Array what the benchmarks run against. It shares nothing with the kernels or the specs.
import type { Rule, rules, Values } from "../src/index.js";

export type Floats = Float32Array | Float64Array;

/**
 * One step number t, 1 first, in place. A slot that the hyper-parameters leave out is undefined. In `carry`, empty at first,
 * a rule keeps numbers from step to step.
 */
type Reference<R> =
  R extends Rule<infer H, infer S>
    ? (
        p: Floats,
        g: Floats,
        state: { [K in keyof S]: S[K] extends { needs: unknown } ? Floats | undefined : Floats },
        values: Values<H>,
        t: number,
        carry: number[],
      ) => void
    : never;

type Rules = typeof rules;

export const references: { [N in keyof Rules]: Reference<Rules[N]> } = {
  sgd(p, g, _, { lr, weightDecay }) {
    for (let i = 0; i < p.length; i++) {
      p[i] -= lr * (g[i] + weightDecay * p[i]);
    }
  },

  momentum(p, g, { b }, { lr, momentum, dampening, weightDecay }, t) {
    const share = t === 1 ? 1 : 1 - dampening;
    for (let i = 0; i < p.length; i++) {
      b[i] = momentum * b[i] + share * (g[i] + weightDecay * p[i]);
      p[i] -= lr * b[i];
    }
  },

  nesterov(p, g, { b }, { lr, momentum, weightDecay }) {
    for (let i = 0; i < p.length; i++) {
      const x = g[i] + weightDecay * p[i];
      b[i] = momentum * b[i] + x;
      p[i] -= lr * (x + momentum * b[i]);
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

  rmsprop(p, g, { v, a, b }, { lr, rho, eps, momentum, weightDecay }) {
    for (let i = 0; i < p.length; i++) {
      const x = g[i] + weightDecay * p[i];
      v[i] = rho * v[i] + (1 - rho) * x * x;
      let variance = v[i];
      if (a) {
        a[i] = rho * a[i] + (1 - rho) * x;
        variance = Math.max(v[i] - a[i] * a[i], 0);
      }
      let d = x / (Math.sqrt(variance) + eps);
      if (b) d = b[i] = momentum * b[i] + d;
      p[i] -= lr * d;
    }
  },

  adam(p, g, { m, v }, { lr, beta1, beta2, eps, weightDecay }, t) {
    const correction1 = 1 - beta1 ** t;
    const root2 = Math.sqrt(1 - beta2 ** t);
    const rate = lr / correction1;
    for (let i = 0; i < p.length; i++) {
      const x = g[i] + weightDecay * p[i];
      m[i] = beta1 * m[i] + (1 - beta1) * x;
      v[i] = beta2 * v[i] + (1 - beta2) * x * x;
      p[i] -= (rate * m[i]) / (Math.sqrt(v[i]) / root2 + eps);
    }
  },

  adamw(p, g, { m, v }, { lr, beta1, beta2, eps, weightDecay }, t) {
    const rate = lr / (1 - beta1 ** t);
    const root2 = Math.sqrt(1 - beta2 ** t);
    for (let i = 0; i < p.length; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i];
      v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
      p[i] = p[i] * (1 - lr * weightDecay) - (rate * m[i]) / (Math.sqrt(v[i]) / root2 + eps);
    }
  },

  amsgrad(p, g, { m, v, h }, { lr, beta1, beta2, eps, weightDecay }, t) {
    const rate = lr / (1 - beta1 ** t);
    const root2 = Math.sqrt(1 - beta2 ** t);
    for (let i = 0; i < p.length; i++) {
      const x = g[i] + weightDecay * p[i];
      m[i] = beta1 * m[i] + (1 - beta1) * x;
      v[i] = beta2 * v[i] + (1 - beta2) * x * x;
      h[i] = Math.max(h[i], v[i]);
      p[i] -= (rate * m[i]) / (Math.sqrt(h[i]) / root2 + eps);
    }
  },

  adamax(p, g, { m, u }, { lr, beta1, beta2, eps, weightDecay }, t) {
    const rate = lr / (1 - beta1 ** t);
    for (let i = 0; i < p.length; i++) {
      const x = g[i] + weightDecay * p[i];
      m[i] = beta1 * m[i] + (1 - beta1) * x;
      u[i] = Math.max(beta2 * u[i], Math.abs(x) + eps);
      p[i] -= (rate * m[i]) / u[i];
    }
  },

  radam(p, g, { m, v }, { lr, beta1, beta2, eps, weightDecay }, t) {
    const rate = lr / (1 - beta1 ** t);
    const l = Math.sqrt(1 - beta2 ** t);
    const last = 2 / (1 - beta2) - 1;
    const rho = last - (2 * t * beta2 ** t) / (1 - beta2 ** t);
    const r = Math.sqrt(((rho - 4) * (rho - 2) * last) / ((last - 4) * (last - 2) * rho));
    for (let i = 0; i < p.length; i++) {
      const x = g[i] + weightDecay * p[i];
      m[i] = beta1 * m[i] + (1 - beta1) * x;
      v[i] = beta2 * v[i] + (1 - beta2) * x * x;
      p[i] -= rho > 5 ? (rate * m[i] * r * l) / (Math.sqrt(v[i]) + eps) : rate * m[i];
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
};
