// Many points of one rule in progress on a surface: all in one optimizer, or a racer for each.
import { batches, type Hypers, type Optimizer, type Options, type ParameterMap } from "simdescent";
import { memory, ruleOf } from "../options.js";
import { batchSize, makeRacer, observePeriod, optionsOf, seedOf, startValues } from "../racers.js";
import type { RacerSetup, State } from "../state.js";
import type { Surface } from "../surfaces.js";
import { batchGradientsInto, curvatureRootsInto, gradientsInto } from "./gradients.js";
import type { LayoutKind } from "./layout.js";

export interface Particles {
  readonly setup: RacerSetup;
  /** x and y of each particle in turns: where the rule is, or its evaluation weights if it has such. */
  readonly points: Float32Array;
  /** 1 for particles whose gradient was NaN or infinite once. */
  readonly lost: Uint8Array;
  step(): void;
  /** Releases the memory. The arrays are then unusable. */
  dispose(): void;
}

/** The setup with its learning rate written out. The rate is then the same for each start, also when it was tuned for one. */
export function withRate(setup: RacerSetup, surface: Surface, state: Pick<State, "tuned" | "start">): RacerSetup {
  return { ...setup, options: { lr: startValues(setup.rule, surface, state).lr, ...setup.options } };
}

/** Makes particles that begin at `starts`. `setup` has its rate written out. Throws the library's error for wrong options. */
export function makeParticles(
  setup: RacerSetup,
  surface: Surface,
  settings: State["settings"],
  starts: Float32Array,
  kind: LayoutKind,
): Particles {
  return kind === "optimizers" ? racing(setup, surface, settings, starts) : together(setup, surface, settings, starts, kind);
}

/** A racer for each particle. */
function racing(setup: RacerSetup, surface: Surface, settings: State["settings"], starts: Float32Array): Particles {
  const points = starts.slice();
  const lost = new Uint8Array(starts.length / 2);
  const racers = Array.from(lost, (_, i) =>
    makeRacer(setup, surface, { start: [starts[2 * i], starts[2 * i + 1]], tuned: false, settings }),
  );
  return {
    setup,
    points,
    lost,
    step() {
      for (let i = 0; i < racers.length; i++) {
        const racer = racers[i];
        racer.step();
        points[2 * i] = racer.point[0];
        points[2 * i + 1] = racer.point[1];
        lost[i] = racer.diverged ? 1 : 0;
      }
    },
    dispose() {
      for (const racer of racers) racer.dispose();
    },
  };
}

function parametersOf(rule: string, starts: Float32Array, kind: LayoutKind) {
  if (kind === "elements") return { points: starts };
  const shape = rule === "muon" ? [1, 2] : [2];
  const entries = Array.from({ length: starts.length / 2 }, (_, i) => {
    return [`p${i}`, { shape, values: starts.subarray(2 * i, 2 * i + 2) }] as const;
  });
  return Object.fromEntries(entries);
}

/** The tensors of an optimizer follow each other without gaps: one array over all. */
function joined(views: { readonly [name: string]: Float32Array }, length: number): Float32Array {
  const [first] = Object.values(views);
  return new Float32Array(first.buffer, first.byteOffset, length);
}

/** The batch of each step, the same for all particles as for a racer; none if a step uses all examples. */
function* drawn(surface: Surface, settings: State["settings"]): Generator<Uint32Array | undefined, never> {
  const { examples = 1 } = surface;
  const size = batchSize(surface, settings);
  for (let epoch = 0; ; epoch++) {
    if (size === examples) yield undefined;
    else yield* batches(examples, { size, seed: seedOf(settings), epoch });
  }
}

/** All particles in one optimizer. */
function together(
  setup: RacerSetup,
  surface: Surface,
  settings: State["settings"],
  starts: Float32Array,
  kind: LayoutKind,
): Particles {
  const rule = ruleOf(setup.rule);
  const { observe, twoPhase, evaluate } = rule.spec;
  const options = { memory, ...optionsOf(setup, surface, { tuned: false, start: surface.start, settings }) };
  const parameters: ParameterMap = parametersOf(setup.rule, starts, kind);
  const optimizer = rule(parameters, options as Options<Hypers>) as unknown as Optimizer;
  const points = joined(optimizer.params, starts.length);
  const grads = joined(optimizer.grads, starts.length);
  const lost = new Uint8Array(starts.length / 2);
  const shifts = setup.options.twoPhase === true && twoPhase !== undefined;
  const order = drawn(surface, settings);
  return {
    setup,
    points,
    lost,
    step() {
      optimizer.train();
      const batch = order.next().value;
      if (observe && optimizer.t % observePeriod === 0) {
        if (surface.curvature) curvatureRootsInto(grads, points, lost, surface);
        else gradientsInto(grads, points, lost, surface);
        optimizer.observe();
      }
      if (shifts) optimizer.shift();
      if (batch) batchGradientsInto(grads, points, lost, surface, batch);
      else gradientsInto(grads, points, lost, surface);
      optimizer.step();
      if (evaluate) optimizer.eval();
    },
    dispose: () => optimizer.dispose(),
  };
}
