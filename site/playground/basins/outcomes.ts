// What becomes of each start.
import type { LayoutKind } from "../particles/layout.js";
import { makeParticles } from "../particles/particles.js";
import { lostOf, nowhere, Reach } from "../particles/reach.js";
import type { RacerSetup, State } from "../state.js";
import type { Surface } from "../surfaces.js";

/** Beside the indices of minima: neither at a minimum nor lost after all steps; and lost. */
export const unfinished = 254;
export const diverged = 255;

export interface Outcomes {
  /** For each start the index of the minimum reached, `unfinished` or `diverged`. */
  readonly where: Uint8Array<ArrayBuffer>;
  /** The first step after which the point stayed within reach of the minimum, 0 if from the start on. For other starts it means nothing. */
  readonly steps: Uint16Array<ArrayBuffer>;
}

export interface Runs {
  /** With the rate written out. */
  readonly setup: RacerSetup;
  readonly surface: Surface;
  readonly settings: State["settings"];
  /** Steps of each run. */
  readonly budget: number;
}

/** Notes the particles that have changed to another minimum, or left one. */
function note(points: Float32Array, reach: Reach, t: number, { where, steps }: Outcomes): void {
  for (let i = 0; i < where.length; i++) {
    const found = reach.find(points[2 * i], points[2 * i + 1]);
    if (found !== where[i]) {
      where[i] = found;
      steps[i] = t;
    }
  }
}

/** Runs the rule from each start, given as x and y in turns. */
export function outcomesOf({ setup, surface, settings, budget }: Runs, starts: Float32Array, kind: LayoutKind): Outcomes {
  const reach = new Reach(surface);
  const isLost = lostOf(surface);
  const outcomes: Outcomes = {
    where: new Uint8Array(starts.length / 2).fill(nowhere),
    steps: new Uint16Array(starts.length / 2),
  };
  const { where } = outcomes;
  const particles = makeParticles(setup, surface, settings, starts, kind);
  try {
    note(particles.points, reach, 0, outcomes);
    for (let t = 1; t <= budget; t++) {
      particles.step();
      note(particles.points, reach, t, outcomes);
    }
    for (let i = 0; i < where.length; i++) {
      if (particles.lost[i] || isLost(particles.points[2 * i], particles.points[2 * i + 1])) where[i] = diverged;
      else if (where[i] === nowhere) where[i] = unfinished;
    }
  } finally {
    particles.dispose();
  }
  return outcomes;
}
