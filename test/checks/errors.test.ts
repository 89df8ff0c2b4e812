// Messages: they name place and value, and stay short whatever the value is.

import { describe, expect, test } from "vitest";
import { list, NonFiniteError, show, showNames, wrongKind, wrongValue } from "../../src/checks/errors.js";
import * as simdescent from "../../src/index.js";
import { adam, minimize } from "../../src/index.js";
import { nasty } from "../support/nasty.js";

/** Whether a value may be taken where it was. */
function mayBeTaken(where: string, value: unknown): boolean {
  const kinds: { [where: string]: unknown } = {
    "adam: lr": value === undefined || (typeof value === "number" && value >= 0),
    'adam: parameter "w"': (typeof value === "number" && value >= 1) || value instanceof Float32Array || Array.isArray(value),
    "adam: ema": value === undefined || typeof value === "boolean" || Object.keys(value as object).length === 0,
    "adam: threads": value === undefined,
    "adam: groups": value === undefined || (Array.isArray(value) && value.length === 0),
    "sequence: milestones": Array.isArray(value) && value.length === 1,
    "minimize: x0": Array.isArray(value) || value instanceof Float32Array || value instanceof Float64Array,
  };
  return kinds[where] === true;
}

describe("show", () => {
  test.each<[unknown, string]>([
    [1e-46, "1e-46"],
    [-0, "-0"],
    ["a\nb", '"a\\nb"'],
    [12n, "12n"],
    [2n ** 64n, "a bigint beyond 64 bits"],
    [[1, [2, [3]], "x"], '[1, [2, […]], "x"]'],
    [new Date(0), "[object Date]"],
    [{ a: 1 }, "[object Object]"],
    [class {}, "a class"],
    [() => 1, "a function"],
    [Promise.resolve(), "[object Promise]; is an await missing?"],
    [undefined, "undefined"],
  ])("%o", (value, text) => {
    expect(show(value)).toBe(text);
  });

  test("long values are cut", () => {
    expect(show("x".repeat(1e6)).length).toBeLessThan(110);
    expect(show(Array(1e5).fill(1))).toBe("[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, … and 99990 more]");
  });
});

test("lists are cut too", () => {
  expect(list(3, String)).toBe("0, 1, 2");
  expect(list(5, String, 2, " | ")).toBe("0 | 1 | … and 3 more");
  expect(showNames(["a", "b".repeat(200)]).length).toBeLessThan(120);
});

test("errors name place, expectation and value", () => {
  expect(wrongKind("adam: lr", "a number", "1")).toEqual(new TypeError('adam: lr expected a number, got "1"'));
  expect(wrongValue("adam: lr", "in [0,inf)", -1)).toEqual(new RangeError("adam: lr expected in [0,inf), got -1"));
  const error = new NonFiniteError("no number", 3, "w");
  expect([error.name, error.step, error.parameter, error.history]).toEqual(["NonFiniteError", 3, "w", { loss: [], lr: [] }]);
});

// As values of each option, too: what is in them may not make a message long, or the call slow.
describe.each(Object.entries(nasty))("%s", (_, make) => {
  test.each<[string, (value: never) => unknown]>([
    ["adam: lr", (lr) => adam({ w: 1 }, { lr })],
    ['adam: parameter "w"', (w) => adam({ w })],
    ["adam: ema", (ema) => adam({ w: 1 }, { ema })],
    ["adam: threads", (threads) => adam({ w: 1 }, { threads })],
    ["adam: groups", (groups) => adam({ w: 1 }, { groups })],
    ["adam: groups[0]: match", (match) => adam({ w: 1 }, { groups: [{ match }] })],
    ["sequence: milestones", (milestones) => simdescent.sequence([1, 1], milestones)],
    ["minimize: x0", (x0) => minimize((_x: Float32Array, _g: Float32Array) => 1, x0)],
    ["adam: step: grads", (grads) => adam({ w: 1 }).step({ w: new Float32Array(1) }, grads)],
  ])("as %s", (where, call) => {
    let error: Error | undefined;
    try {
      call(make() as never);
    } catch (thrown) {
      error = thrown as Error;
    }
    if (!error) return expect(make).toSatisfy(() => mayBeTaken(where, make()));
    expect([TypeError, RangeError]).toContain(error.constructor);
    const places = where.split(": ");
    expect(error.message.startsWith(`${places[0]}: `)).toBe(true);
    // Too many are a matter of all parameters.
    if (!error.message.includes("exceed one WebAssembly memory")) expect(error.message).toContain(places.at(-1));
    expect(error.message.length).toBeLessThan(600);
  });
});
