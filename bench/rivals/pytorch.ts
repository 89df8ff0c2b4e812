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

// One process for all three.
let child: Child | undefined;

function start(): Child {
  child ??= new Child("PyTorch", python, [program]);
  return child;
}

const rival = (way: string, rules: readonly string[]): Rival => ({
  name: `PyTorch ${way}`,
  rules,
  maxThreads: "any",
  // Our rules have PyTorch's formulas and defaults.
  options: () => ({}),
  async available() {
    try {
      return { version: await start().ask("version", way) };
    } catch (error) {
      return { missing: `${(error as Error).message} (${python}; the environment variable PYTHON can name another)` };
    }
  },
  prepare: (workload, values) => start().prepare(way, workload, values),
  close() {
    child?.close();
    child = undefined;
  },
});

export const pytorch = [rival("for-loop", loop), rival("foreach", foreach), rival("fused", fused)];
