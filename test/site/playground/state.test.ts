import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accepts, extraNames, ruleNames, ruleOf } from "../../../site/playground/options.js";
import { scheduleKinds } from "../../../site/playground/schedules.js";
import { defaultState, format, parse, type RacerSetup, type State, views } from "../../../site/playground/state.js";
import { surfaceNames } from "../../../site/playground/surfaces.js";

/** Numbers of an interval, of all sizes, as f32 keeps them apart from 0. */
function inInterval(interval: string): fc.Arbitrary<number> {
  const [low, high] = interval.slice(1, -1).split(",");
  const ends = [...(interval.startsWith("[") ? [Number(low)] : []), ...(interval.endsWith("]") ? [Number(high)] : [])];
  const inside =
    high === "inf"
      ? fc
          .tuple(fc.double({ min: 1, max: 9.99, noNaN: true }), fc.integer({ min: -12, max: 6 }))
          .map(([x, k]) => Number(low) + x * 10 ** k)
      : fc.double({ min: Number(low) + 1e-6, max: Number(high) - 1e-6, noNaN: true });
  return ends.length > 0 ? fc.oneof(inside, fc.constantFrom(...ends)) : inside;
}

const extras: { readonly [name: string]: fc.Arbitrary<number | boolean | string> } = {
  decay: fc.constantFrom("l2", "decoupled", "independent", "proximal"),
  clipNorm: inInterval("(0,inf)"),
  sam: inInterval("(0,inf)"),
  lookahead: fc.integer({ min: 1, max: 50 }),
  ema: inInterval("[0,1)"),
  swa: fc.integer({ min: 0, max: 50 }),
  schedule: fc.constantFrom(...Object.keys(scheduleKinds), "exponential:0.99", "cosine:100", "step:30:0.5"),
  twoPhase: fc.boolean(),
};

function setupOf(rule: string): fc.Arbitrary<RacerSetup> {
  const hypers = Object.entries(ruleOf(rule).spec.hyper).map(
    ([name, [value, interval]]) => [name, typeof value === "boolean" ? fc.boolean() : inInterval(interval)] as const,
  );
  const all: { readonly [name: string]: fc.Arbitrary<number | boolean | string> } = { ...Object.fromEntries(hypers), ...extras };
  const record = fc.record(all, { requiredKeys: [] }) as fc.Arbitrary<RacerSetup["options"]>;
  return record.filter((options) => accepts(rule, options)).map((options) => ({ rule, options }));
}

const isReserved = (name: string) => ["v", "view", "on", "from", "r", "t", "f", "tuned"].includes(name);

describe("the text of a state", () => {
  it("knows an arbitrary for every option", () => {
    expect(Object.keys(extras).sort()).toEqual([...extraNames].sort());
  });

  it.each(ruleNames)("gives the state back, with %s and random options", (rule) => {
    const number = fc.double({ min: -100, max: 100, noNaN: true });
    const states = fc.record({
      view: fc.constantFrom(...views),
      surface: fc.constantFrom(...surfaceNames),
      start: fc.tuple(number, number),
      racers: fc.array(setupOf(rule), { minLength: 1, maxLength: 3 }),
      tuned: fc.boolean(),
      step: fc.integer({ min: 0, max: 10_000 }),
      perFrame: fc.integer({ min: 1, max: 256 }),
      settings: fc
        .array(fc.tuple(fc.string({ minLength: 1, maxLength: 8 }), fc.string({ maxLength: 8 })), { maxLength: 3 })
        .map((pairs) => new Map(pairs.filter(([name]) => !isReserved(name)))),
    });
    fc.assert(
      fc.property(states, (state: State) => {
        expect(parse(`#${format(state)}`)).toEqual(state);
      }),
      { numRuns: 20 },
    );
  });

  it("is short for the default state", () => {
    expect(format(defaultState())).toBe("v=1");
    expect(parse("")).toEqual(defaultState());
  });

  it("is readable", () => {
    const text = "v=1&on=kappa&from=-4,1&r=adam,lr:0.1,schedule:exponential:0.99&r=sgd&t=30&tuned=1&kappa=50";
    expect(format(parse(text))).toBe(text);
  });
});

describe("a wrong hash", () => {
  it("never throws", () => {
    fc.assert(fc.property(fc.string(), (text) => parse(text).racers.length > 0));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom("v", "on", "from", "r", "t", "f", "tuned", "view"), fc.string())),
        (parts) => {
          const state = parse(parts.map(([name, text]) => `${name}=${text}`).join("&"));
          expect(parse(format(state))).toEqual(state);
        },
      ),
    );
  });

  it("falls back part by part", () => {
    const state = parse(
      "#on=moon&from=1,x&r=bogus&r=adam,lr:-1,beta1:2,beta2:0.5,nonsense:1,twoPhase:7&t=1.5&f=0&view=none&tuned=yes&%E0=%E0",
    );
    const { settings, ...others } = state;
    const { settings: _, ...defaults } = defaultState();
    expect(others).toEqual({ ...defaults, racers: [{ rule: "adam", options: { beta2: 0.5 } }] });
    expect([...settings]).toEqual([["%E0", "%E0"]]);
  });

  it("keeps the first eight racers", () => {
    expect(parse(Array.from({ length: 12 }, () => "r=sgd").join("&")).racers).toHaveLength(8);
  });

  it("leaves out the second of two options that do not fit together", () => {
    expect(parse("r=rprop,stepMax:0.01,stepMin:0.1").racers[0].options).toEqual({ stepMax: 0.01 });
  });

  it("of another version falls back altogether", () => {
    expect(parse("v=2&on=beale")).toEqual(defaultState());
  });
});
