// Particles of all rules, at one step. Runs in Node, too.
import { type Layout, layoutOf, mostParticles } from "../particles/layout.js";
import { makeParticles, type Particles, withRate } from "../particles/particles.js";
import { lostOf, nowhere, Reach } from "../particles/reach.js";
import { evenStarts } from "../particles/starts.js";
import type { RacerSetup, State } from "../state.js";
import { type Surface, surfaceOf } from "../surfaces.js";

/** One rule and its particles. */
export interface Lane {
  readonly setup: RacerSetup;
  readonly layout: Layout;
  readonly count: number;
  /** Undefined if the library refuses the options. */
  readonly particles: Particles | undefined;
  readonly error: string | undefined;
}

/** How many particles are where, as shares of all. */
export interface Shares {
  /** At each minimum. */
  readonly at: readonly number[];
  readonly lost: number;
}

export class Swarm {
  readonly surface: Surface;
  readonly lanes: readonly Lane[];
  readonly reach: Reach;
  readonly #isLost: (x: number, y: number) => boolean;
  #t = 0;

  /** `count` particles for each rule, or as many as its layout allows. */
  constructor(state: Readonly<State>, count: number) {
    const surface = surfaceOf(state.surface, state.settings);
    this.surface = surface;
    this.reach = new Reach(surface);
    this.#isLost = lostOf(surface);
    this.lanes = state.racers.map((racer) => {
      const layout = layoutOf(racer);
      const own = Math.min(count, mostParticles[layout.kind]);
      const setup = withRate(racer, surface, state);
      try {
        const particles = makeParticles(setup, surface, state.settings, evenStarts(surface.bounds, own), layout.kind);
        return { setup, layout, count: own, particles, error: undefined };
      } catch (error) {
        return { setup, layout, count: 0, particles: undefined, error: (error as Error).message };
      }
    });
  }

  get t(): number {
    return this.#t;
  }

  step(): void {
    for (const { particles } of this.lanes) particles?.step();
    this.#t += 1;
  }

  /** The share of a rule's particles that are at a minimum. */
  arrived({ particles, count }: Lane): number {
    return particles ? this.reach.count(particles.points) / count : Number.NaN;
  }

  /** Where the particles of a rule are. */
  shares({ particles, count }: Lane): Shares {
    const at = new Uint32Array(this.surface.minima.length);
    let lost = 0;
    for (let i = 0; particles && i < count; i++) {
      const [x, y] = [particles.points[2 * i], particles.points[2 * i + 1]];
      const found = this.reach.find(x, y);
      if (particles.lost[i] || this.#isLost(x, y)) lost += 1;
      else if (found !== nowhere) at[found] += 1;
    }
    return { at: Array.from(at, (number) => number / count), lost: lost / count };
  }

  dispose(): void {
    for (const { particles } of this.lanes) particles?.dispose();
  }
}
