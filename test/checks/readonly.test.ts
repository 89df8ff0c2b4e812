// Assignments that would change nothing throw and say what to write, in code that is strict and in code that is not.

import { describe, expect, test } from "vitest";
import { adam, foreignMemory, lbfgs, rmsprop, sgd } from "../../src/index.js";
import { allRules } from "../support/configurations.js";

// Code made by Function is not strict unless it says so.
const modes = [
  ["strict", new Function("object", "name", "value", '"use strict"; object[name] = value;')],
  ["sloppy", new Function("object", "name", "value", "object[name] = value;")],
] as const;

function failure(assign: () => void): Error {
  try {
    assign();
  } catch (error) {
    return error as Error;
  }
  return expect.fail("nothing was thrown");
}

const views = ["params", "grads", "average", "slow"];
const readOnly = ["spec", "t", "carry", "block", "gradNorm", "skipped", "accumulates", "shifted", "evaluating"];
const around = [
  "decay",
  "groups",
  "threads",
  "memory",
  "clipNorm",
  "lossScale",
  "nonFinite",
  "ema",
  "swa",
  "lookahead",
  "zeroGrad",
  "accumulate",
  "sam",
];

describe.each(modes)("%s", (_, assign) => {
  describe.each(allRules.map((rule) => ({ name: rule.spec.name, rule })))("$name", ({ name, rule }) => {
    const make = () => rule({ weight: 3, "a.b": 2 }, { groups: [{ match: /b$/ }], ema: true, lookahead: true });
    const own = Object.keys(rule.spec.hyper);
    const isFixed = (hyper: string) => rule.spec.hyper[hyper]?.[2] === "fixed";

    test.each<[string, unknown, string]>([
      ...own.map((hyper): [string, unknown, string] => [
        hyper,
        0.5,
        `opt.${hyper} cannot be set, got 0.5; ${isFixed(hyper) ? "the option is read at construction" : `set opt.hyper.${hyper}`}`,
      ]),
      ...views.map((view): [string, unknown, string] => [
        view,
        { weight: 1 },
        `opt.${view} cannot be set, got [object Object]; fill its arrays: opt.${view}["weight"].set(array)`,
      ]),
      ["state", {}, "opt.state cannot be set, got [object Object]; it is read-only"],
      ["hyper", { lr: 1 }, "opt.hyper cannot be set, got [object Object]; set opt.hyper.lr, or another one"],
      ["current", { lr: 1 }, "opt.current cannot be set, got [object Object]; set opt.hyper.lr, or another one"],
      ...readOnly.map((property): [string, unknown, string] => [
        property,
        3,
        `opt.${property} cannot be set, got 3; it is read-only`,
      ]),
      ...around.map((option): [string, unknown, string] => [
        option,
        3,
        `opt.${option} cannot be set, got 3; the option is read at construction`,
      ]),
      ["learningRate", 3, "opt.learningRate cannot be set, got 3; did you mean lr?"],
      ["learning_rate", 3, "opt.learning_rate cannot be set, got 3; did you mean lr?"],
      ["clip_norm", 3, "opt.clip_norm cannot be set, got 3; did you mean clipNorm?"],
      ["gards", 3, "opt.gards cannot be set, got 3; did you mean grads?"],
      ["verbose", true, "opt.verbose cannot be set, got true; there is no such property"],
    ])("opt.%s", (property, value, message) => {
      const opt = make();
      const before = JSON.stringify([opt.params, opt.grads, opt.state, opt.hyper, opt.t]);
      const error = failure(() => assign(opt, property, value));
      expect(error).toStrictEqual(new TypeError(`${name}: ${message}`));
      expect(JSON.stringify([opt.params, opt.grads, opt.state, opt.hyper, opt.t])).toBe(before);
      expect(Object.keys(opt)).toEqual([]);
    });

    test("opt.hyper", () => {
      const opt = make();
      for (const at of [opt, ...opt.groups]) {
        expect(failure(() => assign(at.hyper, "learningRate", 3))).toStrictEqual(
          new TypeError(`${name}: hyper.learningRate cannot be set, got 3; did you mean lr?`),
        );
        expect(failure(() => assign(at.hyper, "verbose", 3))).toStrictEqual(
          new TypeError(`${name}: hyper.verbose cannot be set, got 3; there is no such property`),
        );
        expect(failure(() => assign(at.hyper, "decay", "l2")).message).toBe(
          `${name}: hyper.decay cannot be set, got "l2"; the option is read at construction`,
        );
        for (const hyper of own) expect(failure(() => assign(at.current, hyper, 0.5)).message).toContain(`set hyper.${hyper}`);
        expect(Object.keys(at.hyper)).toEqual(own);
      }
    });

    test("a group and the carried numbers", () => {
      const opt = make();
      const [group] = opt.groups;
      for (const hyper of own)
        expect(failure(() => assign(group, hyper, 1)).message).toBe(
          `${name}: group.${hyper} cannot be set, got 1; set group.hyper.${hyper}`,
        );
      for (const property of ["names", "carry", "steps"])
        expect(failure(() => assign(group, property, 1)).message).toBe(
          `${name}: group.${property} cannot be set, got 1; it is read-only`,
        );
      for (const property of ["hyper", "current"])
        expect(failure(() => assign(group, property, 1)).message).toContain("set group.hyper.lr");
      for (const property of ["match", "decay"])
        expect(failure(() => assign(group, property, 1)).message).toContain("the option is read at construction");
      expect(failure(() => assign(group, "learningRate", 1)).message).toContain("did you mean lr?");
      for (const carried of Object.keys(opt.carry))
        expect(failure(() => assign(opt.carry, carried, 1)).message).toBe(
          `${name}: carry.${carried} cannot be set, got 1; it is read-only`,
        );
      assign(group, "frozen", true);
      expect(group?.frozen).toBe(true);
    });

    test("properties that can be set are set", () => {
      const opt = make();
      assign(opt.hyper, isFixed("lr") ? "weightDecay" : "lr", 0.25);
      expect(isFixed("lr") ? opt.current.weightDecay : opt.current.lr).toBe(0.25);
      assign(opt.grads.weight, 0, 3);
      expect([...(opt.grads.weight as Float32Array)]).toEqual([3, 0, 0]);
    });
  });

  test.each<[string, string]>([
    ["lr", "the option is read at construction"],
    ["historySize", "did you mean history?"],
    ["params", 'fill its arrays: opt.params["a.b"].set(array)'],
    ["grads", 'fill its arrays: opt.grads["a.b"].set(array)'],
    ["t", "it is read-only"],
    ["loss", "it is read-only"],
    ["verbose", "there is no such property"],
  ])("lbfgs: opt.%s", (property, advice) => {
    const opt = lbfgs({ "a.b": 2 });
    const error = failure(() => assign(opt, property, 3));
    expect(error).toStrictEqual(new TypeError(`lbfgs: opt.${property} cannot be set, got 3; ${advice}`));
  });

  test("in another program's memory", () => {
    const memory = new WebAssembly.Memory({ initial: 2 });
    const opt = adam({ w: 3 }, { memory: foreignMemory({ memory, allocate: () => 2048, params: { w: 1024 } }) });
    expect(failure(() => assign(opt, "grads", {})).message).toContain('fill its arrays: opt.grads["w"].set(array)');
    opt.grads.w.fill(1);
    opt.step();
    expect(opt.params.w[0]).toBeLessThan(0);
  });
});

test("arrays that an optimizer does not have are read-only", () => {
  expect(() => Object.assign(sgd({ w: 1 }), { average: 1 })).toThrow("sgd: opt.average cannot be set, got 1; it is read-only");
});

test("replacing a view by an array is a TypeError of the language, in all strict code", () => {
  const opt = rmsprop({ w: 3 });
  expect(() => Object.assign(opt.grads, { w: new Float32Array(3) })).toThrow(TypeError);
  expect(() => Object.assign(opt.state, { v: {} })).toThrow(TypeError);
  expect(() => Object.assign(opt.params, { weight: new Float32Array(3) })).toThrow(TypeError);
});

test.each(["step", "zeroGrad", "accumulate"] as const)("%s() can be wrapped", (name) => {
  const opt = sgd({ w: 1 }, { accumulate: true });
  const method = opt[name] as () => void;
  let calls = 0;
  opt[name] = function (this: typeof opt) {
    calls += 1;
    method.call(this);
  };
  opt[name]();
  expect([calls, opt.t]).toEqual([1, name === "step" ? 1 : 0]);
  expect(sgd({ w: 1 })[name]).toBe(method);
});
