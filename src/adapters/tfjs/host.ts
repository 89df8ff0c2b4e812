import { engine, type Tensor, type Variable } from "@tensorflow/tfjs-core";
import type { Optimizer } from "../../engine/optimizer.js";
import type { ForeignMemory } from "../../memory/foreign.js";

export type Variables = ReadonlyMap<string, Variable>;
export type Gradients = ReadonlyMap<string, Tensor>;

/** The variable of this name; undefined if there is none. */
export function registered(name: string): Variable | undefined {
  const { registeredVariables } = engine();
  return Object.hasOwn(registeredVariables, name) ? registeredVariables[name] : undefined;
}

/** Connects an engine's arrays with the TensorFlow.js variables of the same names. */
export interface Host {
  readonly optimizer: Optimizer;
  /** Runs `act` on these variables and gradients. `act` must not change other variables. */
  run(variables: Variables, gradients: Gradients, act: (optimizer: Optimizer) => void): void;
  dispose(): void;
}

/** Makes an engine in its own memory or in foreign memory. */
export type Build = (memory?: ForeignMemory) => Optimizer;
