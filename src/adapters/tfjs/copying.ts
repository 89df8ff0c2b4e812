import { tensor, tidy } from "@tensorflow/tfjs-core";
import type { Build, Host } from "./host.js";

/** Works on any backend: copies variables and gradients through the public interface. Waits for a GPU. */
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
        // A copy, because the cpu backend keeps the array it gets.
        for (const [name, variable] of variables) variable.assign(tensor(params[name]?.slice() ?? [], variable.shape));
      });
    },
    dispose() {},
  };
}
