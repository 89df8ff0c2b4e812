import { describe, expect, test } from "vitest";
import { checkFeature, checkOptions } from "../../src/checks/options.js";

const kinds = {
  rate: ["[0,1)", 0.5],
  count: [2, 3],
  fast: ["boolean", false],
  mode: [["min", "max"], "min"],
  loss: ["other", undefined],
  needed: ["(0,inf)"],
} as const;

describe("checkOptions", () => {
  test("takes what is given, and the defaults for the rest", () => {
    const loss = () => 1;
    const defaults = { rate: 0.5, count: 3, fast: false, mode: "min", loss: undefined, needed: 2 };
    expect(checkOptions("here", { needed: 2 }, kinds)).toEqual(defaults);
    expect(checkOptions("here", { needed: 2, rate: undefined }, kinds)).toEqual(defaults);
    const given = { rate: 0, count: 2, fast: true, mode: "max", loss, needed: 1e30 };
    expect(checkOptions("here", given, kinds)).toEqual(given);
  });

  test.each<[object, ErrorConstructor, string]>([
    [{}, TypeError, "here: needed expected a number in (0,inf), got undefined"],
    [{ needed: 1, rate: 1 }, RangeError, "here: rate expected in [0,1), got 1"],
    [{ needed: 1, rate: "0" }, TypeError, 'here: rate expected a number in [0,1), got "0"'],
    [{ needed: 1, count: 1 }, RangeError, "here: count expected an integer of at least 2, got 1"],
    [{ needed: 1, fast: 1 }, TypeError, "here: fast expected true or false, got 1"],
    [{ needed: 1, mode: "mean" }, RangeError, 'here: mode expected one of min, max, got "mean"'],
    [{ needed: 1, modes: "min" }, TypeError, 'here: unknown option "modes"; did you mean mode? The options are rate, count'],
  ])("%o is refused", (given, type, message) => {
    expect(() => checkOptions("here", given, kinds)).toThrow(type);
    expect(() => checkOptions("here", given, kinds)).toThrow(message);
  });

  test("each option is read once", () => {
    let reads = 0;
    const given = {
      get needed() {
        reads += 1;
        return 1;
      },
    };
    checkOptions("here", given, kinds);
    expect(reads).toBe(1);
  });
});

describe("checkFeature", () => {
  const { needed: _, ...rest } = kinds;
  const feature = (given: unknown) => checkFeature("here", given, rest);

  test("false and undefined leave it out, true takes the defaults", () => {
    expect([feature(undefined), feature(false)]).toEqual([undefined, undefined]);
    expect(feature(true)).toEqual(feature({}));
    expect(feature({ count: 7 })).toEqual({ ...feature({}), count: 7 });
  });

  test.each([null, 0, 1, "true", () => true])("%s is refused", (given) => {
    expect(() => feature(given)).toThrow("here expected true, false or an object of options, got ");
  });
});
