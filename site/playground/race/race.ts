// A race in progress: the racers at the shown step, and all points so far.
import { makeRacer, type Racer } from "../racers.js";
import { mostSteps, type RacerSetup, type State } from "../state.js";
import { type Surface, surfaceOf } from "../surfaces.js";
import { step } from "./steps.js";

/** One racer and what it has done. */
export interface Lane {
  readonly setup: RacerSetup;
  /** At the shown step. Undefined if the library refuses the options. */
  readonly racer: Racer | undefined;
  /** Why the library refuses the options. */
  readonly error: string | undefined;
  /** x and y of the points 0, 1, … up to the farthest step reached. */
  readonly points: Float32Array;
  /** The gradients of the steps: that from point t to t + 1 is the t-th. */
  readonly gradients: Float32Array;
}

const empty = new Float32Array(2 * (mostSteps + 1));

function makeLane(setup: RacerSetup, surface: Surface, state: State): Lane {
  try {
    const racer = makeRacer(setup, surface, state);
    const points = new Float32Array(2 * (mostSteps + 1));
    points.set(racer.point);
    return { setup, racer, error: undefined, points, gradients: new Float32Array(2 * mostSteps) };
  } catch (error) {
    return { setup, racer: undefined, error: (error as Error).message, points: empty, gradients: empty };
  }
}

export class Race {
  readonly surface: Surface;
  readonly #state: State;
  #lanes: readonly Lane[];
  #t = 0;
  #reached = 0;
  #altered = false;

  constructor(state: State) {
    this.#state = state;
    this.surface = surfaceOf(state.surface, state.settings);
    this.#lanes = state.racers.map((setup) => makeLane(setup, this.surface, state));
    this.to(state.step);
  }

  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  /** The shown step. */
  get t(): number {
    return this.#t;
  }

  /** The farthest step so far. All lanes have points up to it. */
  get reached(): number {
    return this.#reached;
  }

  /** Whether options were changed on the way, so that a link does not repeat the paths. */
  get altered(): boolean {
    return this.#altered;
  }

  /** Whether every racer has diverged or was refused. */
  get over(): boolean {
    return this.#lanes.every(({ racer }) => racer?.diverged ?? true);
  }

  /** Shows step t. To go back, runs again from the start: the same bits. */
  to(t: number): void {
    const target = Math.min(Math.max(Math.round(t), 0), mostSteps);
    if (target < this.#t) this.#restart();
    while (this.#t < target) this.#advance();
    this.#reached = Math.max(this.#reached, this.#t);
  }

  /** Sets a hyper-parameter of a racer from the next step on. */
  alter(lane: number, name: string, value: number): void {
    const { racer } = this.#lanes[lane];
    if (!racer) return;
    (racer.optimizer.hyper as { [name: string]: number })[name] = value;
    this.#altered = true;
    this.#reached = this.#t; // the points after this step are those of the old value
  }

  dispose(): void {
    for (const { racer } of this.#lanes) racer?.dispose();
    this.#lanes = [];
  }

  #restart(): void {
    this.#lanes = this.#lanes.map((lane) => {
      lane.racer?.dispose();
      return lane.racer ? { ...lane, racer: makeRacer(lane.setup, this.surface, this.#state) } : lane;
    });
    this.#t = 0;
    if (this.#altered) this.#reached = 0;
    this.#altered = false;
  }

  #advance(): void {
    this.#t += 1;
    for (const { racer, points, gradients } of this.#lanes) {
      if (!racer) continue;
      step(racer, this.#t, points);
      gradients[2 * this.#t - 2] = racer.gradient[0];
      gradients[2 * this.#t - 1] = racer.gradient[1];
    }
  }
}
