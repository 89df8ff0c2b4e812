import { describe, expect, it } from "vitest";
import { outside, rangeText } from "../../../site/playground/controls/range.js";
import { integers, scaleOf } from "../../../site/playground/controls/scale.js";
import { labelsOf } from "../../../site/playground/labels.js";
import { accepts, type RacerOptions, ruleNames, ruleOf } from "../../../site/playground/options.js";
import { makeSchedule, readSchedule, scheduleKinds, writeSchedule } from "../../../site/playground/schedules.js";
import { parse } from "../../../site/playground/state.js";

describe("sliders", () => {
  it.each(ruleNames)("every position of every slider of %s is a value that the library accepts", (rule) => {
    for (const [name, [value, interval]] of Object.entries(ruleOf(rule).spec.hyper)) {
      if (typeof value === "boolean") continue;
      const { positions, toValue, toPosition } = scaleOf(interval, value);
      // stepMin ≤ stepMax: with its partner at the other end, each can have any value.
      const partner: RacerOptions = name === "stepMin" ? { stepMax: 1e9 } : name === "stepMax" ? { stepMin: 0 } : {};
      let last = -Infinity;
      for (let position = 0; position <= positions; position++) {
        const x = toValue(position);
        expect(x, `${name} at ${position}`).toBeGreaterThan(last);
        last = x;
        expect(toPosition(x), `${name} = ${x}`).toBe(position);
        if (position % 7 === 0 || position === positions) {
          expect(accepts(rule, { ...partner, [name]: x }), `${name} = ${x}`).toBe(true);
        }
      }
    }
  });

  it.each(ruleNames)("the defaults of %s are on the sliders, to a tenth", (rule) => {
    for (const [name, [value, interval]] of Object.entries(ruleOf(rule).spec.hyper)) {
      if (typeof value === "boolean" || name === "t0" || name === "batchSize") continue;
      const { toValue, toPosition } = scaleOf(interval, value);
      const shown = toValue(toPosition(value));
      // Twenty positions per power of ten, of the number or of its distance to 1.
      const size = /1[)\]]$/.test(interval) ? 1 - value : Math.abs(value);
      expect(Math.abs(shown - value), name).toBeLessThanOrEqual(0.1 * size + 1e-12);
    }
  });

  it("have each integer once", () => {
    const { positions, toValue, toPosition } = integers(1, 150);
    const values = Array.from({ length: positions + 1 }, (_, i) => toValue(i));
    expect(values[0]).toBe(1);
    expect(values.at(-1)).toBe(150);
    expect(new Set(values).size).toBe(values.length);
    for (const [i, value] of values.entries()) {
      expect(Number.isInteger(value)).toBe(true);
      expect(toPosition(value)).toBe(i);
    }
  });
});

describe("numbers out of range", () => {
  it.each([-0.6, 0, 0.6])("%d is inside", (value) => {
    expect(outside("en", [-0.6, 0.6], value)).toBeUndefined();
  });

  it.each([-0.61, 1, Number.NaN])("%d is not", (value) => {
    expect(outside("en", [-0.6, 0.6], value)).toBe("must be in −0.6 … 0.6");
    expect(outside("ko", [-0.6, 0.6], value)).toContain(rangeText([-0.6, 0.6]));
  });
});

describe("schedules", () => {
  it.each(Object.keys(scheduleKinds))("%s: its start numbers give learning rates, and its text the numbers", (kind) => {
    const text = readSchedule(kind);
    expect(text).toBeDefined();
    if (!text) return;
    expect(readSchedule(writeSchedule(text))).toEqual(text);
    const schedule = makeSchedule(kind, 0.1);
    for (const t of [0, 1, 50, 1000]) expect(schedule(t)).toBeGreaterThanOrEqual(0);
  });

  it("throws the library's error for a wrong number", () => {
    expect(() => makeSchedule("exponential:2", 0.1)).toThrow("factor expected in [0,1]");
    expect(readSchedule("cosine:1:2:3")).toBeUndefined();
    expect(readSchedule("toString")).toBeUndefined();
  });
});

describe("labels", () => {
  it("tell racers of one rule apart by what differs", () => {
    const labels = (text: string) => labelsOf(parse(text).racers);
    expect(labels("r=sgd&r=adam")).toEqual(["sgd", "adam"]);
    expect(labels("r=sgd,lr:0.1&r=sgd,lr:0.2&r=adam,lr:1")).toEqual(["sgd, lr 0.1", "sgd, lr 0.2", "adam"]);
    expect(labels("r=adam,beta1:0.5&r=adam")).toEqual(["adam, beta1 0.5", "adam 2"]);
  });
});
