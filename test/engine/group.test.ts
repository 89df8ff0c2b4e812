import { describe, expect, test } from "vitest";
import { adafactor, adagrad, adam, adamw, asgd, lamb, muon, rmsprop, sgd, sm3 } from "../../src/index.js";
import { type AnyRule, allRules, table } from "../support/configurations.js";
import { fill, random } from "../support/random.js";

const shapes = { weight: [5, 9], bias: 7, scale: [3, 4, 5] };

/** Fills the arrays of these names, the same ones whatever the optimizer. */
function feed(arrays: Record<string, Float32Array>, seed: number): void {
  for (const [i, name] of Object.keys(shapes).entries()) if (arrays[name]) fill(arrays[name], random(100 * seed + i));
}

function run(opt: ReturnType<AnyRule>, steps = 5) {
  feed(opt.params, 1);
  for (let t = 0; t < steps; t++) {
    feed(opt.grads, t + 2);
    if (opt.spec.observe) opt.observe();
    opt.step();
  }
  return opt;
}

function steps(rule: AnyRule, shapes: Record<string, number[]>, groups: object[]) {
  const opt = rule(shapes, { groups } as never);
  for (const [name, array] of Object.entries<Float32Array>(opt.params)) fill(array, random(name.length));
  for (let t = 0; t < 3; t++) {
    for (const [name, array] of Object.entries<Float32Array>(opt.grads)) fill(array, random(10 * t + name.length));
    opt.step();
  }
  return opt;
}

describe.each(table)("$title", ({ rule, options }) => {
  test("two groups are two optimizers, bit for bit", () => {
    const other = { ...options, weightDecay: 0.3 };
    const both = run(rule(shapes, { ...options, groups: [{ match: ["bias"], ...other }] }));
    const { bias, ...rest } = shapes;
    const [first, second] = [run(rule(rest, options)), run(rule({ bias }, other))];
    for (const [array, views] of Object.entries({ params: both.params, ...both.state })) {
      const of = (opt: typeof both) => (array === "params" ? opt.params : opt.state[array]) as typeof views;
      if (!views) continue;
      expect(views.bias).toEqual(of(second)?.bias);
      for (const name of ["weight", "scale"] as const) expect(views[name]).toEqual(of(first)?.[name]);
    }
    expect(both.carry).toEqual(first.carry);
    expect(both.groups[0].carry).toEqual(second.carry);
  });
});

describe.each(allRules.map((rule) => ({ name: rule.spec.name, rule })))("$name", ({ rule }) => {
  test("frozen: no byte of parameters and state changes, and later steps are those of a rule that was never frozen", () => {
    const frozen = run(rule(shapes, { groups: [{ match: /^bias$/, frozen: true }] }), 3);
    const [group] = frozen.groups;
    const start = new Float32Array(7);
    fill(start, random(101));
    expect(frozen.params.bias).toEqual(start);
    expect([group.frozen, group.steps, frozen.t]).toEqual([true, 0, 3]);
    group.frozen = false;
    const { bias } = shapes;
    const alone = rule({ bias });
    feed(alone.params, 1);
    for (let t = 7; t < 10; t++) {
      for (const opt of [frozen, alone]) {
        feed(opt.grads, t);
        if (rule.spec.observe) opt.observe();
        opt.step();
      }
    }
    expect(frozen.params.bias).toEqual(alone.params.bias);
    for (const [slot, views] of Object.entries(alone.state)) expect(frozen.state[slot]?.bias).toEqual(views?.bias);
    expect(group.steps).toBe(3);
  });
});

describe("hyper-parameters", () => {
  test("a group inherits the hyper-parameters that it does not set, also when they are set later", () => {
    const opt = adamw(shapes, { lr: 0.1, groups: [{ match: /bias/, weightDecay: 0 }] });
    const [group] = opt.groups;
    expect([group.hyper.lr, group.hyper.weightDecay, opt.hyper.weightDecay]).toEqual([0.1, 0, 0.01]);
    opt.hyper.lr = 0.2;
    opt.hyper.weightDecay = 0.5;
    expect([group.hyper.lr, group.hyper.weightDecay]).toEqual([0.2, 0]);
    group.hyper.lr = 0.3;
    opt.hyper.lr = 0.4;
    expect([opt.hyper.lr, group.hyper.lr]).toEqual([0.4, 0.3]);
  });

  test("state that only one group needs stays 0 in the other", () => {
    const opt = rmsprop({ a: 3, b: 3 }, { groups: [{ match: ["b"], momentum: 0.9 }] });
    const plain = rmsprop({ a: 3 });
    for (let t = 0; t < 3; t++) {
      for (const array of [opt.grads.a, opt.grads.b, plain.grads.a]) fill(array, random(t));
      opt.step();
      plain.step();
    }
    expect(opt.params.a).toEqual(plain.params.a);
    expect(opt.state.b?.a).toEqual(new Float32Array(3));
    expect(opt.state.b?.b).not.toEqual(new Float32Array(3));
    expect(() => {
      opt.hyper.momentum = 0.5;
    }).toThrow("rmsprop: momentum was 0 at construction, so there is no state.b; expected 0, got 0.5");
  });

  test("frozen takes true and false only", () => {
    const opt = adam(shapes, { groups: [{ match: /bias/ }] });
    expect(() => Reflect.set(opt.groups[0], "frozen", 1)).toThrow(new TypeError("adam: frozen expected true or false, got 1"));
    expect(opt.groups[0].frozen).toBe(false);
  });
});

describe("evaluation weights of groups", () => {
  const average = () => asgd({ a: 1, b: Float32Array.of(5) }, { lr: 0.1, t0: 0, groups: [{ match: ["b"], frozen: true }] });
  test("a group without steps keeps its parameters", () => {
    const opt = average();
    opt.step();
    opt.groups[0].frozen = false;
    opt.eval();
    expect(opt.params.b[0]).toBe(5);
  });

  test("a group that is frozen after some steps shows its average", () => {
    const [one, other] = [1, 2].map(() => asgd({ a: 1, b: Float32Array.of(5) }, { lr: 0.1, t0: 0, groups: [{ match: ["b"] }] }));
    for (let t = 0; t < 10; t++) {
      for (const opt of [one, other]) {
        opt.grads.b[0] = opt.params.b[0];
        opt.step();
      }
    }
    one.groups[0].frozen = true;
    for (const opt of [one, other]) opt.eval();
    expect(one.params.b).toEqual(other.params.b);
    expect(one.params.b).not.toEqual(one.state.a.a);
  });
});

test("the kind of decay is inherited; a frozen group does not decay", () => {
  const opt = sgd(
    { a: Float32Array.of(1), b: Float32Array.of(1), c: Float32Array.of(1) },
    { lr: 0.1, weightDecay: 0.5, decay: "proximal", groups: [{ match: ["b"] }, { match: ["c"], frozen: true }] },
  );
  opt.step();
  expect([...opt.params.a, ...opt.params.b, ...opt.params.c]).toEqual([Math.fround(1 / 1.05), Math.fround(1 / 1.05), 1]);
});

test("each group's state starts from its own value", () => {
  const opt = adagrad({ a: 2, b: 2 }, { initialAccumulator: 0.5, groups: [{ match: ["b"], initialAccumulator: 0.25 }] });
  expect([...opt.state.s.a, ...opt.state.s.b]).toEqual([0.5, 0.5, 0.25, 0.25]);
});

test("the largest tensor may be in a group", () => {
  for (const rule of [lamb, muon, adafactor, sm3] as unknown as AnyRule[]) {
    const large = steps(rule, { small: [2, 3], large: [70, 90] }, [{ match: ["large"] }]);
    const alone = steps(rule, { large: [70, 90] }, []);
    expect(large.params.large).toEqual(alone.params.large);
    expect(large.params.small.every((x: number) => Number.isFinite(x))).toBe(true);
  }
});
