// A training whose gradient depends on the parameters alone.
import { adam } from "../../src/index.js";

export const makeTrained = (size = 6) => adam({ x: size, y: [2, 3] }, { lr: 0.01 });

export type Trained = ReturnType<typeof makeTrained>;

/** Makes steps until t. */
export function trainTo(opt: Trained, t: number): Trained {
  while (opt.t < t) {
    for (const [i, x] of opt.params.x.entries()) opt.grads.x[i] = x - i;
    for (const [i, y] of opt.params.y.entries()) opt.grads.y[i] = y + i;
    opt.step();
  }
  return opt;
}
