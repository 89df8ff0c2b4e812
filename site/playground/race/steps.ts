// The points of all racers, step by step.
import { makeRacer, type Racer } from "../racers.js";
import type { State } from "../state.js";
import { surfaceOf } from "../surfaces.js";

/** x and y of the points 0 … steps of each racer. Throws the library's error for wrong options. */
export function raceSteps(
  state: Pick<State, "surface" | "start" | "racers" | "tuned" | "settings">,
  steps: number,
): Float32Array[] {
  const surface = surfaceOf(state.surface, state.settings);
  return state.racers.map((setup) => {
    const racer = makeRacer(setup, surface, state);
    const points = new Float32Array(2 * (steps + 1));
    points.set(racer.point);
    for (let t = 1; t <= steps; t++) step(racer, t, points);
    racer.dispose();
    return points;
  });
}

/** Makes step t of a racer and writes its point. */
export function step(racer: Racer, t: number, points: Float32Array): void {
  racer.step();
  points[2 * t] = racer.point[0];
  points[2 * t + 1] = racer.point[1];
}
