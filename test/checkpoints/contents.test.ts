import { expect, test } from "vitest";
import { countFrom, fromJson, listFrom, objectFrom, textFrom, toJson } from "../../src/checkpoints/contents.js";

test("numbers go through JSON with all bits", () => {
  for (const x of [0, -0, 1 / 3, -5e-324, 1.7976931348623157e308, 2 ** 53, Number.NaN, Infinity, -Infinity, 1.09e-68])
    expect(fromJson("x", JSON.parse(JSON.stringify(toJson(x))))).toBe(x);
});

test("other values are refused with their place", () => {
  const refused = (read: (where: string, value: never) => unknown, values: unknown[], what: string) => {
    for (const value of values) expect(() => read("a.b", value as never)).toThrow(`checkpoint: metadata: a.b expected ${what}`);
  };
  refused(fromJson, [undefined, null, "", "0", "nan", "infinity", true, [], {}], "a number");
  refused(countFrom, [undefined, null, "1", -1, 0.5, 2 ** 53, Number.NaN], "an integer of at least 0");
  refused(objectFrom, [undefined, null, [], 1, "a"], "an object");
  refused((where, value) => listFrom(where, value, textFrom), [undefined, null, {}, "a"], "a list");
  refused(textFrom, [undefined, null, 1, []], "a text");
  expect(() => listFrom("a", ["x", 1], textFrom)).toThrow("checkpoint: metadata: a[1] expected a text");
});
