// The learning-rate range test of the library on a data surface.
import { findRate, type RateCurve } from "simdescent";
import { makeOptimizer } from "../options.js";
import { batchSize, optionsOf, seedOf } from "../racers.js";
import type { RacerSetup, State } from "../state.js";
import type { Surface } from "../surfaces.js";
import { rateAxis } from "./axes.js";

/**
 * The loss over all examples while the rate grows along the axis of the map, with batches as in a race. Throws the library's error for
 * rules whose rate cannot be set between steps.
 */
export function rateCurve(setup: RacerSetup, surface: Surface, state: Pick<State, "tuned" | "start" | "settings">): RateCurve {
  const { schedule: _, ...options } = setup.options;
  const optimizer = makeOptimizer(setup.rule, Float32Array.from(state.start), optionsOf({ ...setup, options }, surface, state));
  const { point } = optimizer.params as { point: Float32Array };
  const g: Float32Array = optimizer.grads.point;
  try {
    return findRate(optimizer, {
      count: surface.examples ?? 1,
      batch: batchSize(surface, state.settings),
      seed: seedOf(state.settings),
      from: Number(rateAxis.values[0]),
      to: Number(rateAxis.values.at(-1)),
      gradient(indices) {
        surface.batchGradient?.(point[0], point[1], indices, 0, indices.length, g);
        return surface.value(point[0], point[1]);
      },
    });
  } finally {
    optimizer.dispose();
  }
}
