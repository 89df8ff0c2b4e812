// How the arrays of an engine and the variables of TensorFlow.js meet.

import { type Tensor, tensor, tidy, type Variable } from "@tensorflow/tfjs-core";
import type { Optimizer } from "../optimizer.js";

export type Variables = ReadonlyMap<string, Variable>;
export type Gradients = ReadonlyMap<string, Tensor>;

/** An engine over variables of the same names. */
export interface Host {
  readonly engine: Optimizer;
  /** Before the engine works: parameters and gradients are those. */
  bind(variables: Variables, gradients: Gradients): void;
  /** After it: these variables are the parameters. */
  publish(variables: Variables): void;
  dispose(): void;
}

/** By copies, through the public interface, for any backend. Where it computes on a GPU, reading a tensor waits for it. */
export function copying(engine: Optimizer): Host {
  return {
    engine,
    bind(variables, gradients) {
      for (const [name, variable] of variables) engine.params[name]?.set(variable.dataSync());
      for (const [name, gradient] of gradients) engine.grads[name]?.set(gradient.dataSync());
    },
    publish(variables) {
      tidy(() => {
        // The cpu backend keeps the array that it is given.
        for (const [name, variable] of variables) variable.assign(tensor(engine.params[name]?.slice() ?? [], variable.shape));
      });
    },
    dispose() {},
  };
}
