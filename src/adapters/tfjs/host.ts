import { engine, type Tensor, type Variable } from "@tensorflow/tfjs-core";
import type { Optimizer } from "../../engine/optimizer.js";
import type { ForeignMemory } from "../../memory/foreign.js";

export type Variables = ReadonlyMap<string, Variable>;
export type Gradients = ReadonlyMap<string, Tensor>;

/** The variable of this name, if there is one. */
export function registered(name: string): Variable | undefined {
  const { registeredVariables } = engine();
  return Object.hasOwn(registeredVariables, name) ? registeredVariables[name] : undefined;
}

/** How the arrays of an engine and the variables of TensorFlow.js, of the same names, meet. */
export interface Host {
  readonly optimizer: Optimizer;
  /** Has the engine work on these variables and gradients. It must leave the others alone. */
  run(variables: Variables, gradients: Gradients, act: (optimizer: Optimizer) => void): void;
  dispose(): void;
}

/** Makes the engine of some variables, in its own memory or in another's. */
export type Build = (memory?: ForeignMemory) => Optimizer;
