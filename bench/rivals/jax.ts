// jax-js on its WebAssembly device: https://www.npmjs.com/package/@jax-js/jax
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join as path } from "node:path";
import type * as jax from "@jax-js/jax";
import { inputs, join, split } from "./inputs.js";
import type { Contest, Rival, Values, Workload } from "./rival.js";

type Arrays = jax.numpy.Array[];

/** A rule in jax-js. Like all functions of jax-js, `step` consumes its arrays. */
interface Rule {
  /** Number of state arrays, each as long as the parameter. */
  readonly slots: number;
  /** The scalars of step t. */
  scalars(t: number): number[];
  /** The new parameter and slots of one tensor. */
  step(np: typeof jax.numpy, p: jax.numpy.Array, g: jax.numpy.Array, slots: Arrays, scalars: Arrays): Arrays;
}

/** Adam with the formula of jax-js's optimizers, which are in no package here. `decay` is AdamW's lr·weightDecay. */
const adam = (decay: number): Rule => ({
  slots: 2,
  scalars: (t) => [1e-3 / (1 - 0.9 ** t), 1 / (1 - 0.999 ** t)],
  step(np, p, g, [m, v], [rate, unbias]) {
    const mean = m.mul(0.9).add(g.ref.mul(1 - 0.9));
    const square = v.mul(0.999).add(np.square(g).mul(1 - 0.999));
    const update = mean.ref.mul(rate).div(np.sqrt(square.ref.mul(unbias)).add(1e-8));
    return [(decay === 0 ? p : p.mul(1 - decay)).sub(update), mean, square];
  },
});

const rules: Record<string, Rule> = {
  sgd: { slots: 0, scalars: () => [], step: (_np, p, g) => [p.sub(g.mul(1e-3))] },
  momentum: {
    slots: 1,
    scalars: () => [],
    step(_np, p, g, [b]) {
      const sum = b.mul(0.9).add(g);
      return [p.sub(sum.ref.mul(1e-3)), sum];
    },
  },
  adam: adam(0),
  adamw: adam(1e-3 * 0.01),
};

let library: typeof jax | undefined;

function installed(): string {
  const file = createRequire(import.meta.url).resolve("@jax-js/jax"); // in dist/
  return JSON.parse(readFileSync(path(file, "../../package.json"), "utf8")).version;
}

async function load(): Promise<typeof jax> {
  if (library) return library;
  // jax-js looks for a GPU in `navigator`, which Node 20 does not have.
  if (typeof navigator === "undefined") Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
  const module = await import("@jax-js/jax");
  const devices = await module.init();
  if (!devices.includes("wasm")) throw new Error(`no WebAssembly device, only ${devices.join(", ")}`);
  module.defaultDevice("wasm");
  library = module;
  return module;
}

async function prepare(workload: Workload, values: Values = inputs(workload)): Promise<Contest> {
  const { blockUntilReady, jit, numpy: np, tree } = await load();
  const rule = rules[workload.rule];
  if (!rule) throw new RangeError(`jax-js: rule expected one of ${Object.keys(rules).join(", ")}, got ${workload.rule}`);
  const arrays = (block: Float32Array) =>
    split(workload, block).map((parts) => parts.map(({ shape, values }) => np.array(values.slice()).reshape(shape)));
  const gradients = arrays(values.gradient);
  let tensors: Arrays[] = arrays(values.start)[0].map((p) => [p, ...Array.from({ length: rule.slots }, () => np.zeros(p.shape))]);
  // A call per tensor: one function of 62 tensors takes five times as long.
  const step = jit((p: jax.numpy.Array, g: jax.numpy.Array, slots: Arrays, scalars: Arrays) =>
    rule.step(np, p, g, slots, scalars),
  );
  let t = 0;
  return {
    async time(count) {
      const start = performance.now();
      for (let i = 0; i < count; i++) {
        const gradient = gradients[t % gradients.length];
        t += 1;
        const scalars = rule.scalars(t).map((x) => np.array(x));
        tensors = tensors.map(([p, ...slots], i) => step(p, gradient[i].ref, slots, tree.ref(scalars)));
        tree.dispose(scalars);
        // As jax-js recommends. It is lazy: without this, every step walks through all pending operations.
        await blockUntilReady(tensors);
      }
      return performance.now() - start;
    },
    parameters: () =>
      join(
        workload,
        tensors.map(([p]) => p.ref.dataSync()),
      ),
    close() {
      tree.dispose(tensors);
      tree.dispose(gradients);
      step.dispose();
    },
  };
}

export const jaxWasm: Rival = {
  name: "jax-js",
  rules: Object.keys(rules),
  maxThreads: 1, // its threads are Web Workers, which Node does not have
  options: () => ({}),
  async available() {
    try {
      await load();
    } catch (error) {
      return { missing: `jax-js does not run here: ${(error as Error).message}` };
    }
    return { version: `${installed()}, jit, WebAssembly device, one thread: its threads are for browsers` };
  },
  prepare,
  close() {},
};
