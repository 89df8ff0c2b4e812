// Random sequences of calls against a plain model of which call is allowed when. A forbidden call throws and changes nothing. The allowed
// calls give the same as on a second optimizer, which gets only these.

import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { NonFiniteError, type Optimizer } from "../../src/index.js";
import { Pool } from "../../src/threads/pool.js";
import { type AnyRule, allRules, configurations, otherValue } from "../support/configurations.js";
import { fill, random } from "../support/random.js";

/** Shares every step, however short. */
const pool = new Pool(3, 1);
pool.eager = true;

beforeAll(() => pool.started);

afterAll(() => pool.close());

const kinds = ["usual", "zero", "huge", "NaN", "infinite", "usual"] as const;

type Kind = (typeof kinds)[number];

const shapes = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.tuple(fc.integer({ min: 1, max: 9 })) },
    { weight: 8, arbitrary: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 })) },
  ),
  { minLength: 1, maxLength: 3 },
);

const around = fc.record(
  {
    accumulate: fc.boolean(),
    zeroGrad: fc.boolean(),
    sam: fc.boolean(),
    ema: fc.boolean(),
    lookahead: fc.constant({ every: 2 }),
    clipNorm: fc.constant(0.5),
    clipTensorNorm: fc.constant(0.5),
    clipValue: fc.constant(0.7),
    centralize: fc.boolean(),
    noise: fc.constant({ eta: 0.1 }),
    maximize: fc.boolean(),
    nonFinite: fc.constantFrom("throw", "skip", "skip", "allow"),
    maxSkips: fc.integer({ min: 1, max: 2 }),
    decay: fc.constantFrom("l2", "decoupled", "independent", "proximal"),
  },
  { requiredKeys: [] },
);

const setup = fc.record({
  rule: fc.constantFrom(...allRules),
  configuration: fc.nat(3),
  shapes,
  around,
  lossScale: fc.boolean(),
  threads: fc.boolean(),
  groups: fc.array(fc.record({ frozen: fc.boolean(), ownRate: fc.boolean() }), { maxLength: 2 }),
});

const operation = fc.oneof(
  ...(["step", "step", "step", "shift", "shift", "unshift", "eval", "train", "discard", "zeroGrad", "observe"] as const).map(
    (call) => fc.record({ call: fc.constant(call) }),
  ),
  fc.record({ call: fc.constant("accumulate" as const), weight: fc.constantFrom(1, 2, 0.5, 1, 0, Number.NaN) }),
  fc.record({ call: fc.constant("stepOn" as const), kind: fc.constantFrom(...kinds), tensor: fc.nat(2), wrong: fc.nat(5) }),
  fc.record({ call: fc.constant("fill" as const), kind: fc.constantFrom(...kinds), tensor: fc.nat(2) }),
  fc.record({ call: fc.constant("fill" as const), kind: fc.constant("usual" as const), tensor: fc.nat(2) }),
  fc.record({ call: fc.constant("set" as const), hyper: fc.nat(9), group: fc.nat(2), good: fc.boolean() }),
  fc.record({ call: fc.constant("freeze" as const), group: fc.nat(1), frozen: fc.boolean() }),
  fc.record({ call: fc.constant("schedule" as const), does: fc.constantFrom("good", "good", "wrong", "throws", "meddles") }),
);

type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

type Setup = typeof setup extends fc.Arbitrary<infer T> ? T : never;

/** All that a caller sees, except the gradient norm, which refused steps may change. */
const picture = (opt: Optimizer) => {
  const { params, grads, state, average, slow, t, skipped, lossScale, shifted, evaluating, progress, carry } = opt;
  const arrays = [params, grads, average, slow, ...Object.values(state)].map(
    (views) => views && Object.values<Float32Array>(views),
  );
  const groups = opt.groups.map(({ frozen, steps, hyper, current }) => ({
    frozen,
    steps,
    hyper: { ...hyper },
    current: { ...current },
  }));
  const numbers = { t, skipped, lossScale, shifted, evaluating, progress, carry: { ...carry }, current: { ...opt.current } };
  // Copies: structuredClone() would share what is shared memory.
  const copies = arrays.map((views) => views?.map((array) => Float32Array.from(array)));
  return { arrays: copies, groups, ...numbers };
};

/** What is known of gradients: whether those of each tensor are finite. */
const allFinite = (count: number) => Array<boolean>(count).fill(true);

class Model {
  t = 0;
  skipped = 0;
  #inRow = 0;
  away: "shifted" | "evaluating" | undefined;
  #spoilt = false;
  #weight = 0;
  readonly count: number;
  grads: boolean[];
  #sum: boolean[];
  /** Of each tensor. */
  readonly frozen: boolean[];
  readonly #spec: AnyRule["spec"];
  readonly #options: Setup["around"];
  readonly #policy: string;
  schedule: "good" | "wrong" | "throws" | "meddles" = "good";

  constructor({ rule, around, lossScale, shapes }: Setup, frozen: boolean[]) {
    this.#spec = rule.spec;
    this.#options = around;
    this.#policy = lossScale ? "skip" : (around.nonFinite ?? "throw");
    this.count = shapes.length;
    this.frozen = frozen;
    this.grads = allFinite(this.count);
    this.#sum = allFinite(this.count);
  }

  /** What a call throws: a part of the message; undefined when it is allowed, which it has taken into account then. */
  step(): string | undefined {
    if (this.away === "evaluating") return "step() expected train() first";
    return this.#asks() ?? this.#stepBy(this.#weight > 0 ? this.#sum : this.grads);
  }

  /** With gradients of the caller's. */
  stepOn(given: boolean[], wrong: string | undefined): string | undefined {
    if (this.away === "evaluating") return "step() expected train() first";
    if (this.#options.sam) return "expected no option sam";
    if (this.away === "shifted") return "expected step() or unshift() first";
    if (this.#weight > 0) return "expected step() or discard() first";
    const refused = this.#asks() ?? wrong;
    if (refused) return refused;
    const before = this.grads;
    this.grads = [...given];
    const thrown = this.#stepBy(this.grads);
    if (thrown) this.grads = before;
    return thrown;
  }

  shift(): string | undefined {
    const { sam } = this.#options;
    if (!this.#spec.twoPhase && !sam) return "shift() expected a rule with a two-phase form";
    if (this.away === "evaluating") return "shift() expected train() first";
    if (this.away === "shifted") return "shift() expected step() or unshift() first";
    if (sam) {
      const fine = this.#fine(this.#weight > 0 ? this.#sum : this.grads);
      if (!fine && this.#policy === "throw") return "is not finite";
      this.#spoilt = !fine;
      this.#consume();
    } else {
      const refused = this.#asks();
      if (refused) return refused;
    }
    this.away = "shifted";
    return undefined;
  }

  unshift(): void {
    if (this.away !== "shifted") return;
    this.away = undefined;
    this.#spoilt = false;
  }

  eval(): string | undefined {
    if (this.away === "shifted") return "eval() expected step() or unshift() first";
    const { ema, lookahead } = this.#options;
    if (this.t > 0 && (this.#spec.evaluate || ema || lookahead)) this.away = "evaluating";
    return undefined;
  }

  train(): void {
    if (this.away === "evaluating") this.away = undefined;
  }

  accumulate(weight: number): string | undefined {
    if (!this.#options.accumulate) return "accumulate() expected the option accumulate: true";
    if (!(weight > 0)) return "accumulate(weight) expected";
    if (this.away === "evaluating") return "accumulate() expected train() first";
    this.#weight += weight;
    this.#sum = this.#sum.map((finite, i) => finite && (this.grads[i] as boolean));
    if (this.#options.zeroGrad) this.grads = allFinite(this.count);
    return undefined;
  }

  discard(): void {
    this.#weight = 0;
    this.#sum = allFinite(this.count);
  }

  observe(): string | undefined {
    if (!this.#spec.observe) return "observe() expected a rule that takes in other gradients";
    if (this.away === "evaluating") return "observe() expected train() first";
    const refused = this.#asks() ?? (this.#fine(this.grads) ? undefined : this.#refuse());
    if (refused) return refused;
    if (this.#options.zeroGrad) this.grads = allFinite(this.count);
    return undefined;
  }

  #asks(): string | undefined {
    return { good: undefined, meddles: undefined, wrong: "as a schedule at t =", throws: "no rate" }[this.schedule];
  }

  #fine(of: boolean[]): boolean {
    return this.#policy === "allow" || of.every((finite, i) => finite || this.frozen[i]);
  }

  #refuse(): string | undefined {
    if (this.#policy === "throw" || this.#inRow === (this.#options.maxSkips ?? 20)) return "is not finite";
    this.#inRow += 1;
    this.skipped += 1;
    return undefined;
  }

  #stepBy(gradients: boolean[]): string | undefined {
    if (this.#spoilt || !this.#fine(gradients)) {
      const refused = this.#refuse();
      if (refused) return refused;
    } else {
      this.t += 1;
      this.#inRow = 0;
    }
    this.unshift();
    this.#consume();
    return undefined;
  }

  #consume(): void {
    if (this.#weight > 0) this.discard();
    else if (this.#options.zeroGrad) this.grads = allFinite(this.count);
  }
}

const value = { usual: 1, zero: 0, huge: 1e30, NaN: Number.NaN, infinite: -Infinity };

/** Fills arrays in the way of this kind; the last element of one is what they are called by. Returns whether each is finite. */
function fillAs(views: Record<string, Float32Array>, kind: Kind, tensor: number, seed: number): boolean[] {
  const source = random(seed);
  const arrays = Object.values(views);
  for (const array of arrays) fill(array, source, kind === "huge" ? 1e30 : kind === "zero" ? 0 : 1);
  const bad = kind === "NaN" || kind === "infinite";
  const target = arrays[tensor % arrays.length] as Float32Array;
  if (bad) target[target.length - 1] = value[kind];
  return arrays.map((array) => !(bad && array === target));
}

function run(given: Setup, operations: readonly Operation[]): Record<string, number> {
  const { rule, around, lossScale, groups } = given;
  const { spec } = rule;
  const names = given.shapes.map((_, i) => `p${i}`);
  const all = configurations(spec);
  const configuration = all[given.configuration % all.length] as Record<string, number>;
  // The first parameters are in groups of their own.
  const grouped = groups.slice(0, names.length);
  const scheduled = spec.hyper.lr[2] ? "weightDecay" : "lr";
  const usual = (configuration[scheduled] ?? spec.hyper[scheduled][0]) as number;
  const frozen = names.map((_, i) => grouped[i]?.frozen ?? false);
  const model = new Model(given, frozen);
  const { nonFinite, decay, ...others } = around;

  const make = (schedule: () => number, threads?: Pool) => {
    const parameters = Object.fromEntries(names.map((name, i) => [name, given.shapes[i] as number[]]));
    const opt = rule(parameters, {
      ...configuration,
      ...others,
      threads,
      ...(spec.decay === "inside" ? {} : { decay }),
      [scheduled]: schedule,
      ...(lossScale ? { lossScale: { initial: 8, interval: 2 } } : { nonFinite }),
      groups: grouped.map(({ frozen, ownRate }, i) => ({ match: [names[i]], frozen, ...(ownRate && { weightDecay: 0.25 }) })),
    });
    fillAs(opt.params, "usual", 0, 99);
    return opt;
  };
  let meddling = 0;
  const opt: Optimizer = make(
    () => {
      if (model.schedule === "wrong") return -1;
      if (model.schedule === "throws") throw new Error("no rate");
      if (model.schedule === "meddles") {
        for (const meddle of [
          () => opt.eval(),
          () => opt.zeroGrad(),
          () => opt.step(),
          () => Object.assign(opt.hyper, { lr: 1 }),
        ])
          expect(meddle).toThrow("between steps, not from a schedule");
        meddling += 1;
      }
      return usual;
    },
    given.threads ? pool : undefined,
  );
  const other = make(() => usual); // which never has threads
  const settable = Object.keys(spec.hyper).filter((name) => name !== scheduled);
  const counts: Record<string, number> = {};
  const count = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1;
  };

  for (const [i, operation] of operations.entries()) {
    /** Does the same to both, or with what the model forbids, to the first one, which must not change. */
    const attempt = (expected: string | undefined, act: (opt: Optimizer) => unknown, replay = act) => {
      const where = `${i}: ${JSON.stringify(operation)}`;
      const before = picture(opt);
      let thrown: unknown;
      try {
        act(opt);
      } catch (error) {
        thrown = error;
      }
      if (expected === undefined) {
        if (thrown !== undefined) throw thrown;
        replay(other);
        count("accepted");
        return;
      }
      count("refused");
      expect(thrown, where).toBeInstanceOf(Error);
      expect((thrown as Error).message, where).toContain(expected);
      if (expected === "is not finite") expect(thrown, where).toBeInstanceOf(NonFiniteError);
      expect(picture(opt), where).toEqual(before);
    };

    switch (operation.call) {
      case "step":
      case "shift":
      case "eval":
      case "observe":
        attempt(model[operation.call](), (opt) => opt[operation.call]());
        break;
      case "unshift":
      case "train":
      case "discard":
        model[operation.call]();
        attempt(undefined, (opt) => opt[operation.call]());
        break;
      case "zeroGrad":
        model.grads = allFinite(model.count);
        attempt(undefined, (opt) => opt.zeroGrad());
        break;
      case "accumulate":
        attempt(model.accumulate(operation.weight), (opt) => opt.accumulate(operation.weight));
        break;
      case "fill":
        model.grads = fillAs(opt.grads, operation.kind, operation.tensor, i);
        fillAs(other.grads, operation.kind, operation.tensor, i);
        break;
      case "stepOn": {
        const arrays = () =>
          Object.fromEntries(names.map((name) => [name, new Float32Array((opt.params[name] as Float32Array).length)]));
        const [params, grads] = [arrays(), arrays()];
        fillAs(params, "usual", 0, 1000 + i);
        const finite = fillAs(grads, operation.kind, operation.tensor, 2000 + i);
        let wrong: string | undefined;
        const first = names[0] as string;
        if (operation.wrong === 0) {
          Object.assign(grads, { strange: new Float32Array(1) });
          wrong = 'unknown parameter "strange"';
        } else if (operation.wrong === 1) {
          Object.assign(grads, { [first]: params[first] });
          wrong = "share memory";
        }
        const given = structuredClone([params, grads]);
        const { skipped } = model;
        const expected = model.stepOn(finite, wrong);
        attempt(
          expected,
          (opt) => opt.step(params, grads),
          (opt) => {
            for (const name of names) {
              (opt.params[name] as Float32Array).set(given[0]?.[name] as Float32Array);
              (opt.grads[name] as Float32Array).set(given[1]?.[name] as Float32Array);
            }
            opt.step();
          },
        );
        if (expected !== undefined) expect([params, grads]).toEqual(given);
        else {
          expect(Object.values(params)).toEqual(Object.values(other.params));
          if (model.skipped > skipped) expect(params).toEqual(given[0]);
          expect(Object.values(grads)).toEqual(
            Object.values(given[1] as object).map((array: Float32Array) => (around.zeroGrad ? array.fill(0) : array)),
          );
        }
        break;
      }
      case "set": {
        const name = settable[operation.hyper % settable.length] as string;
        const entry = spec.hyper[name] as (typeof spec.hyper)["lr"];
        const next: unknown = operation.good ? otherValue(entry) : "much";
        const slots = Object.values(spec.state).filter((slot) => typeof slot === "object" && slot.needs === name);
        const isThere = Boolean(configuration[name] ?? entry[0]);
        const fixed = entry[2] === "fixed";
        const expected = fixed
          ? "cannot be set later"
          : !operation.good
            ? `${name} expected`
            : slots.length > 0 && !isThere
              ? "was 0 at construction"
              : undefined;
        const group = operation.group === 0 ? undefined : opt.groups[operation.group - 1];
        const index = group ? opt.groups.indexOf(group) : -1;
        attempt(expected, (opt) => Object.assign(opt.groups[index]?.hyper ?? opt.hyper, { [name]: next }));
        break;
      }
      case "freeze":
        if (!opt.groups[operation.group]) break;
        frozen[operation.group] = operation.frozen;
        attempt(undefined, (opt) => Object.assign(opt.groups[operation.group] as object, { frozen: operation.frozen }));
        break;
      case "schedule":
        model.schedule = operation.does as Model["schedule"];
        break;
    }
    const { t, skipped, away } = model;
    expect({ t: opt.t, skipped: opt.skipped, shifted: opt.shifted, evaluating: opt.evaluating }, `${i}`).toEqual({
      t,
      skipped,
      shifted: away === "shifted",
      evaluating: away === "evaluating",
    });
  }
  const functions = (found: ReturnType<typeof picture>) => found.groups.map((group) => ({ ...group, hyper: undefined }));
  const [mine, theirs] = [picture(opt), picture(other)];
  expect({ ...mine, groups: functions(mine) }).toEqual({ ...theirs, groups: functions(theirs) });
  return { ...counts, steps: opt.t, skipped: opt.skipped, meddling };
}

test("allowed calls do what they do alone, and forbidden calls change nothing", () => {
  const total: Record<string, number> = {};
  fc.assert(
    fc.property(setup, fc.array(operation, { minLength: 5, maxLength: 30 }), (given, operations) => {
      for (const [what, count] of Object.entries(run(given, operations))) total[what] = (total[what] ?? 0) + count;
    }),
    { numRuns: 2000, seed: 20_260_101 },
  );
  // Both happen, and often.
  for (const what of ["accepted", "refused", "steps", "skipped", "meddling"])
    expect(total[what], what).toBeGreaterThan(what === "skipped" ? 100 : 300);
});
