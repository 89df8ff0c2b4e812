// One epoch of descent with batches of one size.
import { batches } from "simdescent";
import { makeRacer } from "../../playground/racers.js";
import type { State } from "../../playground/state.js";
import { type Point, surfaceOf } from "../../playground/surfaces.js";

export interface Epoch {
  readonly updates: number;
  /** The points after 0, 1, 2 … updates. */
  readonly points: readonly Point[];
  /** The loss over all examples after the epoch. */
  readonly loss: number;
  /** Updates whose gradient points against the gradient over all examples. */
  readonly against: number;
}

/** The updates of an epoch, by the library's own division into batches. */
export const updatesPerEpoch = (examples: number, size: number): number => batches(examples, { size }).length;

/** Runs the first racer of a state for one epoch, with `size` examples per update. */
export function runEpoch(state: State, size: number): Epoch {
  const surface = surfaceOf(state.surface, state.settings);
  const settings = new Map([...state.settings, ["batch", String(size)]]);
  const racer = makeRacer(state.racers[0], surface, { ...state, settings });
  const updates = updatesPerEpoch(surface.examples ?? 1, size);
  const whole = new Float64Array(2);
  const at = (): Point => [racer.point[0], racer.point[1]];
  const points = [at()];
  let against = 0;
  for (let i = 0; i < updates; i++) {
    surface.gradient(racer.point[0], racer.point[1], whole);
    racer.step();
    if (racer.gradient[0] * whole[0] + racer.gradient[1] * whole[1] < 0) against++;
    points.push(at());
  }
  const loss = racer.loss();
  racer.dispose();
  return { updates, points, loss, against };
}
