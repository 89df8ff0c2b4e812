// TensorFlow.js on its two CPU backends: https://www.npmjs.com/package/@tensorflow/tfjs-core
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { getThreadsCount } from "@tensorflow/tfjs-backend-wasm";
import { inputs, join, type Part, split } from "./inputs.js";
import type { Contest, Rival, Values, Workload } from "./rival.js";

/** Its optimizers with our defaults, and the options that make our rule equal: see docs/frameworks.md. */
const optimizers: Record<string, { make: () => tf.Optimizer; options?: Record<string, unknown> }> = {
  sgd: { make: () => tf.train.sgd(1e-3) },
  momentum: { make: () => tf.train.momentum(1e-3, 0.9) },
  nesterov: { make: () => tf.train.momentum(1e-3, 0.9, true) },
  // It adds eps = 1e-7 inside the root.
  adagrad: { make: () => tf.train.adagrad(1e-2), options: { eps: 0, initialAccumulator: 0.1000001 } },
  rmsprop: { make: () => tf.train.rmsprop(1e-2, 0.99, 0, 1e-8), options: { epsInRoot: true } },
  adam: { make: () => tf.train.adam(1e-3, 0.9, 0.999, 1e-8) },
  adamax: { make: () => tf.train.adamax(2e-3, 0.9, 0.999, 1e-8), options: { epsInMax: false } },
};

const optimizerOf = (rule: string) => {
  const optimizer = optimizers[rule];
  if (!optimizer) throw new RangeError(`TensorFlow.js: rule expected one of ${Object.keys(optimizers).join(", ")}, got ${rule}`);
  return optimizer;
};

/** The WebAssembly build that TensorFlow.js has chosen. */
async function build(): Promise<string> {
  const simd = await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT");
  const threaded = await tf.env().getAsync("WASM_HAS_MULTITHREAD_SUPPORT");
  const threads = threaded ? `${getThreadsCount()} threads` : "one thread: its threads are for browsers";
  return `${simd ? "SIMD" : "scalar"} build, ${threads}`;
}

const events = ["uncaughtException", "unhandledRejection"] as const;

/** Starts a backend, and removes its error handlers, which print the whole source of its module with any error. */
async function start(backend: string): Promise<boolean> {
  const before = events.flatMap((event) => process.listeners(event as "uncaughtException"));
  const started = await tf.setBackend(backend);
  for (const event of events) {
    for (const listener of process.listeners(event as "uncaughtException")) {
      if (!before.includes(listener)) process.off(event, listener);
    }
  }
  return started;
}

/** The error for a failed backend. Makes the backend anew, because a full WebAssembly memory leaves it unusable. */
function broken(backend: string, error: unknown): Error {
  const factory = tf.findBackendFactory(backend);
  tf.removeBackend(backend);
  tf.registerBackend(backend, factory);
  return new Error(`TensorFlow.js ${backend}: ${(error as Error).message}`, { cause: error });
}

async function prepare(backend: string, workload: Workload, values: Values = inputs(workload)): Promise<Contest> {
  const { make } = optimizerOf(workload.rule);
  await start(backend);
  const tensor = ({ shape, values }: Part) => tf.tensor(values, shape);
  const attempt = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      throw broken(backend, error);
    }
  };
  // A copy, because the cpu backend keeps the array it gets.
  const params = attempt(() => split(workload, values.start.slice())[0].map((part) => tf.tidy(() => tf.variable(tensor(part)))));
  const gradients = attempt(() => split(workload, values.gradient).map((parts) => parts.map(tensor)));
  const steps = gradients.map((list) => list.map((gradient, i) => ({ name: params[i].name, tensor: gradient })));
  const optimizer = make();
  const owner = tf.backend();
  let t = 0;
  return {
    async time(count) {
      await start(backend);
      return attempt(() => {
        const start = performance.now();
        for (let i = 0; i < count; i++) optimizer.applyGradients(steps[t++ % steps.length]);
        return performance.now() - start;
      });
    },
    parameters: () =>
      join(
        workload,
        params.map((param) => param.dataSync()),
      ),
    close() {
      if (tf.findBackend(backend) !== owner) return; // the old backend freed them
      optimizer.dispose();
      tf.dispose([params, gradients]);
    },
  };
}

const rival = (name: string, backend: string, about: () => Promise<string>): Rival => ({
  name,
  rules: Object.keys(optimizers),
  maxThreads: 1,
  options: (rule) => optimizerOf(rule).options ?? {},
  async available() {
    // Without checks of every result, and without advice to install tfjs-node.
    tf.enableProdMode();
    if (!(await start(backend))) return { missing: `The ${backend} backend of TensorFlow.js does not start here.` };
    return { version: `${tf.version_core}, ${await about()}` };
  },
  prepare: (workload, values) => prepare(backend, workload, values),
  close() {},
});

export const tensorflowCpu = rival("TensorFlow.js cpu", "cpu", async () => "JavaScript");
export const tensorflowWasm = rival("TensorFlow.js wasm", "wasm", build);
