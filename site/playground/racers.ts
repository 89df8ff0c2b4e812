// A racer: one rule in progress on a surface.
import { batches, NonFiniteError, type Optimizer } from "simdescent";
import { libraryOptions, makeOptimizer, ruleOf } from "./options.js";
import { numberSetting, type Settings } from "./settings.js";
import type { RacerSetup, State } from "./state.js";
import type { Point, Surface } from "./surfaces.js";

export interface Racer {
  readonly setup: RacerSetup;
  /** Where the rule is, or its evaluation weights if it has such. */
  readonly point: Float32Array;
  readonly optimizer: Optimizer;
  /** The gradient of the last step. */
  readonly gradient: Float32Array;
  /** Whether a gradient was NaN or infinite. Then the racer stands still. */
  readonly diverged: boolean;
  step(): void;
  /** The loss at the point, over all examples. */
  loss(): number;
  /** Releases the memory. Its arrays are then unusable. */
  dispose(): void;
}

/** Steps between observations of the curvature, for rules that observe it. */
export const observePeriod = 10;

/** The start values that are not the library's defaults, with the reason of each. */
export function fixedStartValues(rule: string): { readonly [option: string]: number } {
  // Weight decay, the default of some rules, would move the minimum. Sophia: the surface is one example.
  return rule === "sophia" ? { weightDecay: 0, batchSize: 1 } : { weightDecay: 0 };
}

/** The start values of a racer: what its options need not set. */
export function startValues(rule: string, surface: Surface, { tuned, start }: Pick<State, "tuned" | "start">) {
  const { hyper } = ruleOf(rule).spec;
  const defaults = Object.fromEntries(Object.entries(hyper).map(([name, [value]]) => [name, value as number | boolean]));
  const lr = tuned ? tunedRate(rule, surface, start) : hyper.lr[0];
  return { ...defaults, ...fixedStartValues(rule), lr };
}

/** Examples per update: the setting `batch`. All if it is missing or larger. */
export const batchSize = ({ examples = 1 }: Surface, settings: Settings): number =>
  Math.round(numberSetting(settings, "batch", examples, 1, examples));

/** The seed of noise and of the order of examples. */
export const seedOf = (settings: Settings): number => Math.round(numberSetting(settings, "seed", 0, 0, 0xffffffff));

/** The batches of all epochs, one after another. */
function* allBatches(count: number, size: number, seed: number): Generator<Uint32Array, never> {
  for (let epoch = 0; ; epoch++) yield* batches(count, { size, seed, epoch });
}

/** The learning rate of a racer, before its schedule. */
export const rateOf = ({ rule, options }: RacerSetup, surface: Surface, state: Pick<State, "tuned" | "start">): number =>
  (options.lr as number | undefined) ?? startValues(rule, surface, state).lr;

/** The options that the library gets for a racer. */
export function optionsOf(
  setup: RacerSetup,
  surface: Surface,
  state: Pick<State, "tuned" | "start" | "settings">,
): { readonly [name: string]: unknown } {
  const noise = surface.noise ? { noise: { eta: surface.noise * surface.noise, gamma: 0, seed: seedOf(state.settings) } } : {};
  return { ...fixedStartValues(setup.rule), ...libraryOptions(setup.options, rateOf(setup, surface, state)), ...noise };
}

/** Makes a racer. Throws the library's error for wrong options. */
export function makeRacer(setup: RacerSetup, surface: Surface, state: Pick<State, "tuned" | "start" | "settings">): Racer {
  const { rule, options } = setup;
  const { spec } = ruleOf(rule);
  const optimizer = makeOptimizer(rule, Float32Array.from(state.start), optionsOf(setup, surface, state));
  const point: Float32Array = optimizer.params.point;
  const g: Float32Array = optimizer.grads.point;
  const twoPhase = options.twoPhase === true && spec.twoPhase !== undefined;
  const size = batchSize(surface, state.settings);
  const { examples = 1 } = surface;
  const drawn = surface.batchGradient && size < examples ? allBatches(examples, size, seedOf(state.settings)) : undefined;
  let diverged = false;

  /** Fills the gradient at the point, over a batch if there is one. */
  function fill(batch: Uint32Array | undefined): void {
    if (batch) surface.batchGradient?.(point[0], point[1], batch, 0, batch.length, g);
    else surface.gradient(point[0], point[1], g);
  }

  function observe(): void {
    // The rule squares what it observes.
    if (surface.curvature) {
      surface.curvature(point[0], point[1], g);
      g[0] = Math.sqrt(g[0]);
      g[1] = Math.sqrt(g[1]);
    } else surface.gradient(point[0], point[1], g);
    optimizer.observe();
  }

  function advance(): void {
    optimizer.train();
    const batch = drawn?.next().value;
    if (spec.observe && optimizer.t % observePeriod === 0) observe();
    if (optimizer.sam) fill(batch);
    if (optimizer.sam || twoPhase) optimizer.shift();
    fill(batch);
    optimizer.step();
  }

  return {
    setup,
    point,
    optimizer,
    gradient: g,
    get diverged() {
      return diverged;
    },
    step() {
      if (diverged) return;
      try {
        advance();
      } catch (error) {
        if (!(error instanceof NonFiniteError)) throw error;
        diverged = true;
        optimizer.unshift();
      }
      if (spec.evaluate) optimizer.eval();
    },
    loss: () => surface.value(point[0], point[1]),
    dispose: () => optimizer.dispose(),
  };
}

/** 1, 2 and 5 times the powers of ten from 10⁻⁵ to 10³. */
const candidates = Array.from({ length: 9 }, (_, i) => [1, 2, 5].map((digit) => Number(`${digit}e${i - 5}`))).flat();

/** Rules that find their rate: their authors say to leave lr at 1. */
const findRates = ["dog", "prodigy"];

/** Steps after which rates are compared. */
export const tuningSteps = 200;

/** The loss after some steps, and whether the path stays in the picture. */
function trial(rule: string, lr: number, surface: Surface, start: Point): { readonly loss: number; readonly inside: boolean } {
  const racer = makeRacer({ rule, options: { lr } }, surface, { start, tuned: false, settings: new Map() });
  const [x0, x1, y0, y1] = surface.bounds;
  let inside = true;
  for (let t = 0; t < tuningSteps && !racer.diverged; t++) {
    racer.step();
    const [x, y] = racer.point;
    inside &&= x >= x0 && x <= x1 && y >= y0 && y <= y1;
  }
  const loss = racer.diverged ? Number.NaN : racer.loss();
  racer.dispose();
  return { loss, inside };
}

const tuned = new WeakMap<Surface, Map<string, number>>();

/** The candidate with the lowest loss; undefined if none has one. */
function best(trials: readonly { readonly lr: number; readonly loss: number }[]): number | undefined {
  let found: { readonly lr: number; readonly loss: number } | undefined;
  for (const trial of trials) if (trial.loss < (found?.loss ?? Infinity)) found = trial;
  return found?.lr;
}

/**
 * The constant rate of 1, 2, 5·10ᵏ with the lowest loss after 200 steps with full batches, among those whose path stays in the picture; if
 * there is none, among all. Cached.
 */
export function tunedRate(rule: string, surface: Surface, start: Point): number {
  if (findRates.includes(rule)) return 1;
  const known = tuned.get(surface) ?? new Map<string, number>();
  tuned.set(surface, known);
  const key = [rule, ...start].join();
  const cached = known.get(key);
  if (cached !== undefined) return cached;
  const trials = candidates.map((lr) => ({ lr, ...trial(rule, lr, surface, start) }));
  const lr = best(trials.filter(({ inside }) => inside)) ?? best(trials) ?? ruleOf(rule).spec.hyper.lr[0];
  known.set(key, lr);
  return lr;
}
