// The trainings of a plan, one after another.
import type { News } from "./messages.js";
import { methodNames } from "./methods.js";
import type { Plan } from "./plan.js";
import { flatten, randomDirections, sliceAlong, steepestDirection } from "./slices.js";
import { measure, train } from "./training.js";

/** Points of a slice, and the random directions that its losses are means over. */
const points = 61;
const randomCount = 10;

/** The distances of a slice: to twice the distance of measurement, on both sides. */
export const sliceDistances = ({ distance }: Plan): number[] =>
  Array.from({ length: points }, (_, i) => (2 * distance * (2 * i - points + 1)) / (points - 1));

type Part<T> = T extends unknown ? Omit<T, "number"> : never;
export type Result = Part<News>;

/** All methods of the first seed, then of the next. One training between two results. */
export function* results(plan: Plan): Generator<Result> {
  const { common, seeds, distance, direction } = plan;
  for (const seed of seeds) {
    for (const method of methodNames) {
      try {
        const trained = train(method, seed, common);
        yield { kind: "outcome", outcome: measure(method, seed, trained, distance) };
        if (seed === seeds[0]) {
          const { length } = flatten(trained.optimizer.params);
          const lines = direction === "random" ? randomDirections(length, randomCount, 1) : [steepestDirection(trained)];
          yield { kind: "slice", method, slice: sliceAlong(trained, lines, sliceDistances(plan)) };
        }
        trained.optimizer.dispose();
      } catch (error) {
        yield { kind: "failure", method, seed, message: error instanceof Error ? error.message : String(error) };
      }
    }
  }
  yield { kind: "finished" };
}
