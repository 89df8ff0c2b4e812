// A rule with a kernel in AssemblyScript, assembly/adamS.ts. `npm run own-rule` compiles it.
import { readFileSync } from "node:fs";
import { defineRule, kernelModule } from "simdescent";

const code = readFileSync(new URL("output/adamS.wasm", import.meta.url));

/**
 * AdamS: the mean of gradients normalizes itself, so Adam's second array of state is not needed. Zhang et al. 2025,
 * https://arxiv.org/abs/2505.16363.
 */
export const adamS = defineRule({
  name: "adamS",
  hyper: {
    /** Step size. */
    lr: [1e-3, "[0,inf)"],
    /** Decay of the mean of gradients. */
    beta1: [0.9, "[0,1)"],
    /** Share of the mean in the denominator; the other share is the gradient's. */
    beta2: [0.95, "[0,1)"],
    /** Keeps the division finite. */
    eps: [1e-8, "(0,inf)"],
    /** Decoupled decay: subtracts lr · weightDecay · p. */
    weightDecay: [1e-2, "[0,inf)"],
  },
  state: { m: "exp_avg" },
  decay: "decoupled",
  gradientLimit: 2 ** 60, // the kernel squares gradients
  kernels: [kernelModule(code, { adamS: "elements" })],
  scalars(args, { lr, beta1, beta2, eps }) {
    args.scalars("rate", lr, "eps", eps);
    args.gains(1 - beta1, 1 - beta2);
  },
  elementPass(k, { begin, end, c }, { p, g, m }) {
    k.adamS(begin, end, p, g, m, c);
  },
});
