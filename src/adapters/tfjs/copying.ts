import { tensor, tidy } from "@tensorflow/tfjs-core";
import type { Build, Host } from "./host.js";

/** By copies, through the public interface, for any backend. One that computes on a GPU is waited for. */
export function copying(build: Build): Host {
  const optimizer = build();
  const { params, grads } = optimizer;
  return {
    optimizer,
    run(variables, gradients, act) {
      for (const [name, variable] of variables) params[name]?.set(variable.dataSync());
      for (const [name, gradient] of gradients) grads[name]?.set(gradient.dataSync());
      act(optimizer);
      tidy(() => {
        // A copy: the cpu backend keeps the array that it is given.
        for (const [name, variable] of variables) variable.assign(tensor(params[name]?.slice() ?? [], variable.shape));
      });
    },
    dispose() {},
  };
}
