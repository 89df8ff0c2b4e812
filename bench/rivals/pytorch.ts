// PyTorch's three implementations of a step on the CPU: https://pytorch.org/docs/stable/optim.html
import { fileURLToPath } from "node:url";
import { Child } from "./child.js";
import type { Rival } from "./rival.js";

const program = fileURLToPath(new URL("pytorch.py", import.meta.url));
const python = process.env.PYTHON ?? "python3";

const fused = ["sgd", "momentum", "nesterov", "adagrad", "adam", "adamw", "amsgrad"];
const loop = [...fused, "adadelta", "rmsprop", "rprop", "asgd", "adamax", "radam"];
// In PyTorch 1.13, the for-loop of NAdam has one mu too many in its product.
const foreach = [...loop, "nadam"];

/** The variables of the environment: without any, and with the one that makes PyTorch ask for huge pages. */
type Environment = "" | "THP_MEM_ALLOC_ENABLE=1";

// One process for all three ways.
const children = new Map<Environment, Child>();

function start(environment: Environment): Child {
  const known = children.get(environment);
  if (known) return known;
  const child = environment
    ? new Child("PyTorch", "env", [environment, python, program])
    : new Child("PyTorch", python, [program]);
  children.set(environment, child);
  return child;
}

const rival = (way: string, rules: readonly string[], environment: Environment = ""): Rival => ({
  name: environment ? `PyTorch ${way}, ${environment}` : `PyTorch ${way}`,
  rules,
  maxThreads: "any",
  // Our rules have PyTorch's formulas and defaults.
  options: () => ({}),
  async available() {
    try {
      return { version: await start(environment).ask("version", way) };
    } catch (error) {
      return { missing: `${(error as Error).message} (${python}; the environment variable PYTHON can name another)` };
    }
  },
  prepare: (workload, values) => start(environment).prepare(way, workload, values),
  close() {
    children.get(environment)?.close();
    children.delete(environment);
  },
});

export const pytorch = [rival("for-loop", loop), rival("foreach", foreach), rival("fused", fused)];

/** The fused steps on usual pages, and on huge ones. */
export const pytorchFused = [rival("fused", fused), rival("fused", fused, "THP_MEM_ALLOC_ENABLE=1")];
