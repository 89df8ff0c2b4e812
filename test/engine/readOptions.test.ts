// What the options of an optimizer may be, and which parameters a group has.

import { describe, expect, test } from "vitest";
import { sgd } from "../../src/index.js";
import { allRules } from "../support/configurations.js";

/** The error of a call that must fail. */
function failure(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  return expect.fail("nothing was thrown");
}

describe.each(allRules.map((rule) => ({ name: rule.spec.name, rule })))("$name", ({ name, rule }) => {
  const around =
    "decay, groups, threads, memory, shard, maximize, clipValue, clipAdaptive, clipTensorNorm, clipNorm, centralize, noise, accumulate, lossScale, " +
    "nonFinite, maxSkips, ema, swa, lookahead, zeroGrad, sam";

  const options = `${Object.keys(rule.spec.hyper).join(", ")}, ${around}`;

  const detached = new Float32Array(4);

  structuredClone(detached, { transfer: [detached.buffer] });

  const sparse = [2, 3];

  delete sparse[0];

  test.each<[string, unknown, string]>([
    ["null", null, `${name}: options expected a plain object, got null`],
    ["a number", 0.1, `${name}: options expected a plain object, got 0.1`],
    ["an array", [0.1], `${name}: options expected a plain object, got [0.1]`],
    [
      "a misspelt name",
      { learningRate: 0.1 },
      `${name}: unknown option "learningRate"; did you mean lr? The options are ${options}`,
    ],
    ["__proto__", JSON.parse('{"__proto__": 1}'), `${name}: unknown option "__proto__"; the options are ${options}`],
    ["constructor", { constructor: 1 }, `${name}: unknown option "constructor"; the options are ${options}`],
  ])("options: %s", (_, given, message) => {
    const error = failure(() => rule({ x: 1 }, given as never));
    expect(error.constructor).toBe(TypeError);
    expect(error.message).toBe(message);
  });
});

test("options are read once, and never changed", () => {
  let reads = 0;
  const options = Object.freeze({
    get lr() {
      reads += 1;
      return 0.5;
    },
  });
  const opt = sgd({ x: 1 }, options);
  expect(opt.hyper.lr).toBe(0.5);
  expect(reads).toBe(1);
  expect(sgd({ x: 1 }, { lr: undefined }).hyper.lr).toBe(1e-3);
});

const shapes = { weight: [5, 9], bias: 7, scale: [3, 4, 5] };

describe("which parameters", () => {
  const names = (...groups: object[]) => sgd(shapes, { groups: groups as never }).groups.map(({ names }) => names);

  test("by pattern, names or function; the first group that matches has it", () => {
    expect(names({ match: /a/ }, { match: ["weight", "bias"] })).toEqual([["bias", "scale"], ["weight"]]);
    expect(names({ match: /S/gi })).toEqual([["bias", "scale"]]);
    expect(names({ match: (_: string, shape: readonly number[]) => shape.length === 1 })).toEqual([["bias"]]);
    expect(names({ match: /./ })).toEqual([["weight", "bias", "scale"]]);
  });

  test("the shape that a function is shown cannot be changed", () => {
    const changed: boolean[] = [];
    const match = (_: string, shape: readonly number[]) => changed.push(Reflect.set(shape, 0, 400)) > 0;
    sgd({ ...shapes, values: Float32Array.of(1, 2) }, { groups: [{ match }] });
    expect(changed).toEqual([false, false, false, false]);
  });

  test("the arrays keep the caller's order, and are ordinary arrays", () => {
    const opt = sgd({ a: 3, b: Float32Array.of(1, 2), c: 4 }, { lr: 1, groups: [{ match: ["a", "c"], lr: 2 }] });
    expect(Object.keys(opt.params)).toEqual(["a", "b", "c"]);
    for (const array of Object.values(opt.grads)) array.fill(1);
    opt.step();
    expect([...opt.params.a, ...opt.params.b, ...opt.params.c]).toEqual([-2, -2, -2, 0, 1, -2, -2, -2, -2]);
    opt.zeroGrad();
    expect(opt.grads.c).toEqual(new Float32Array(4));
    opt.params.c[3] = Number.NaN;
    expect(opt.firstNonFinite("params")).toBe("c");
  });

  test.each<[string, unknown, string]>([
    ["no array", {}, "sgd: groups expected an array, got [object Object]"],
    ["no object", [3], "sgd: groups[0]: options expected a plain object, got 3"],
    ["a hole", [undefined], "sgd: groups[0] expected an object, got undefined"],
    ["no match", [{ lr: 1 }], "sgd: groups[0]: match expected a RegExp, an array of names or a function, got undefined"],
    ["an unknown name", [{ match: ["bais"] }], 'sgd: groups[0]: match expected names of parameters, got "bais"'],
    [
      "a pattern that matches nothing",
      [{ match: /gain/ }],
      'sgd: groups[0]: match expected a parameter, but it matches none of "weight", "bias", "scale"',
    ],
    [
      "a pattern whose matches are taken",
      [{ match: /bias/ }, { match: ["bias"] }],
      "sgd: groups[1]: match expected a parameter, but earlier groups contain all its matches",
    ],
    [
      "a predicate that says something else",
      [{ match: () => 1 }],
      "sgd: groups[0]: the result of match expected true or false, got 1",
    ],
    ["a wrong override", [{ match: /bias/, lr: -1 }], "sgd: groups[0]: lr expected in [0,inf), got -1"],
    ["an unknown override", [{ match: /bias/, beta1: 1 }], 'sgd: groups[0]: unknown option "beta1"; the options are'],
    ["frozen as text", [{ match: /bias/, frozen: "yes" }], 'sgd: groups[0]: frozen expected true or false, got "yes"'],
    ["a wrong decay", [{ match: /bias/, decay: "none" }], "sgd: groups[0]: decay expected one of"],
  ])("%s", (_, groups, message) => {
    expect(() => sgd(shapes, { groups: groups as never })).toThrow(message);
  });

  test("what is misspelt does not compile", () => {
    // @ts-expect-error
    expect(() => sgd(shapes, { groups: [{ match: ["bais"] }] })).toThrow(RangeError);
    // @ts-expect-error
    expect(() => sgd(shapes, { groups: [{ match: /bias/, beta1: 0.9 }] })).toThrow(TypeError);
  });
});

const named = allRules.map((rule) => ({ name: rule.spec.name, rule }));

describe.each(named)("$name", ({ name, rule }) => {
  test.each<[object, string]>([
    [{ clipValue: 0 }, "clipValue expected in (0,inf), got 0"],
    [{ clipAdaptive: -1 }, "clipAdaptive expected in (0,inf), got -1"],
    [{ clipTensorNorm: Number.NaN }, "clipTensorNorm expected in (0,inf), got NaN"],
    [{ clipNorm: -Infinity }, "clipNorm expected in (0,inf), got -Infinity"],
    [{ centralize: 1 }, "centralize expected true or false, got 1"],
    [{ noise: true }, "noise: eta expected a number in [0,inf), got undefined"],
    [{ noise: { eta: 1, seed: 0.5 } }, "noise: seed expected an integer of at least 0, got 0.5"],
    [{ noise: { eta: 1, seed: 2 ** 32 } }, "noise: seed expected at most 2^32 - 1, got 4294967296"],
    [{ noise: { eta: 1, sigma: 2 } }, 'noise: unknown option "sigma"; the options are eta, gamma, seed'],
    [{ accumulate: 4 }, "accumulate expected true or false, got 4"],
    [{ lossScale: 1024 }, "lossScale expected true, false or an object of options, got 1024"],
    [{ lossScale: { initial: 0 } }, "lossScale: initial expected in [1,1e30], got 0"],
    [{ lossScale: { growth: 0.5 } }, "lossScale: growth expected in [1,inf), got 0.5"],
    [{ lossScale: { backoff: 2 } }, "lossScale: backoff expected in (0,1], got 2"],
    [{ lossScale: { interval: 0 } }, "lossScale: interval expected an integer of at least 1, got 0"],
    [{ lossScale: true, nonFinite: "throw" }, 'nonFinite expected "skip" with lossScale, got "throw"'],
    [{ nonFinite: "ignore" }, 'nonFinite expected one of throw, skip, allow, got "ignore"'],
    [{ maxSkips: 0 }, "maxSkips expected an integer of at least 1, got 0"],
    [{ ema: 0.99 }, "ema expected true, false or an object of options, got 0.99"],
    [{ ema: { decay: 1 } }, "ema: decay expected in [0,1), got 1"],
    [{ ema: null }, "ema expected true, false or an object of options, got null"],
    [{ swa: { every: 0 } }, "swa: every expected an integer of at least 1, got 0"],
    [{ swa: { start: -1 } }, "swa: start expected an integer of at least 0, got -1"],
    [{ ema: true, swa: true }, "ema and swa expected one of them, got both"],
    [{ lookahead: { rate: 0 } }, "lookahead: rate expected in (0,1], got 0"],
    [{ lookahead: { k: 5 } }, 'lookahead: unknown option "k"; did you mean every? The options are every, rate'],
    [{ zeroGrad: 0 }, "zeroGrad expected true or false, got 0"],
    [{ sam: 0.05 }, "sam expected true, false or an object of options, got 0.05"],
    [{ sam: { radius: 0 } }, "sam: radius expected in (0,inf), got 0"],
    [{ sam: { adaptive: "yes" } }, 'sam: adaptive expected true or false, got "yes"'],
  ])("%o is refused", (options, message) => {
    expect(() => rule({ x: 1 }, options as never)).toThrow(`${name}: ${message}`);
  });
});

describe.each(allRules.map((rule) => ({ name: rule.spec.name, rule })))("$name", ({ name, rule }) => {
  test.each<[string, object, string]>([
    ["a limit of 0", { clipNorm: 0 }, `${name}: clipNorm expected in (0,inf), got 0`],
    ["null", { clipNorm: null }, `${name}: clipNorm expected a number in (0,inf), got null`],
    ["NaN", { clipNorm: Number.NaN }, `${name}: clipNorm expected in (0,inf), got NaN`],
    ["text", { clipNorm: "1" }, `${name}: clipNorm expected a number in (0,inf), got "1"`],
    ["a schedule", { clipNorm: () => 1 }, `${name}: clipNorm expected a number in (0,inf), got a function`],
    ["maximize as a number", { maximize: 1 }, `${name}: maximize expected true or false, got 1`],
    ["null", { maximize: null }, `${name}: maximize expected true or false, got null`],
  ])("%s is refused", (_, options, message) => {
    expect(() => rule({ x: 1 }, options as never)).toThrow(message);
  });
});
