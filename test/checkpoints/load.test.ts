import { describe, expect, test } from "vitest";
import {
  adam,
  adamw,
  adan,
  CheckpointError,
  type LoadOptions,
  lbfgs,
  load,
  nadam,
  novograd,
  type Optimizer,
  rprop,
  type Saveable,
  type Source,
  save,
  sgd,
} from "../../src/index.js";
import { bits } from "../support/resuming.js";
import { fileOf, partsOf, tensor, withMetadata, withTensors } from "../support/rewriting.js";
import { feed, make, run } from "../support/runs.js";

const at = (rule: unknown, options: object, steps: number, of?: Record<string, unknown>): Optimizer =>
  run(make(rule as never, options, of), steps) as Optimizer;

/** The error of a load, which changes nothing. */
function refusal(opt: Saveable, file: Uint8Array | Source, options?: LoadOptions): CheckpointError {
  const before = save(opt);
  let error: unknown;
  try {
    load(opt, file, options);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(CheckpointError);
  expect(Buffer.compare(save(opt), before)).toBe(0);
  expect((error as Error).message).toBe((error as CheckpointError).details.join("\n"));
  return error as CheckpointError;
}

const sourceOf = (bytes: Uint8Array, read?: (into: Uint8Array, at: number, count: number) => void): Source => {
  let count = 0;
  return {
    size: bytes.length,
    read(into, at) {
      read?.(into, at, count++);
      into.set(bytes.subarray(at, at + into.length));
    },
  };
};

describe("differences", () => {
  const file = save(at(adam, {}, 3));
  const shapes = { weight: [5, 9], bias: 7, scale: [3, 4, 5] };

  const cases: [string, () => Optimizer, Uint8Array, string, string[]][] = [
    [
      "another rule",
      () => make(adamw as never, {}) as Optimizer,
      file,
      "rule",
      ['load: rule expected "adamw", got "adam" in the file'],
    ],
    ["another number", () => at(adam, { lr: 0.5 }, 1), file, "options", ["load: lr expected 0.5, got 0.001 in the file"]],
    [
      "a schedule",
      () => at(adam, { lr: () => 1 }, 1),
      file,
      "options",
      ['load: lr expected "a schedule", got 0.001 in the file'],
    ],
    ["a switch", () => at(adam, { ema: true }, 1), file, "names", ['load: the file has no tensor "average.weight"']],
    [
      "an option around the rule",
      () => at(adam, { noise: { eta: 0.1 } }, 1),
      file,
      "options",
      ['load: noise expected {"eta":0.1,"gamma":0.55,"seed":0}, got nothing in the file'],
    ],
    [
      "groups",
      () => at(adam, { groups: [{ match: ["bias"], lr: 1 }] }, 1),
      file,
      "options",
      [
        "load: groups[0].lr expected 1, got nothing in the file",
        "load: groups[0].frozen expected false, got nothing in the file",
        'load: groups[0].parameters expected ["bias"], got nothing in the file',
      ],
    ],
    [
      "another order",
      () => at(adam, {}, 1, { bias: 7, weight: [5, 9], scale: [3, 4, 5] }),
      file,
      "options",
      ['load: parameters expected ["bias","weight","scale"], got ["weight","bias","scale"] in the file'],
    ],
    [
      "a shape",
      () => at(adam, {}, 1, { ...shapes, bias: [1, 7] }),
      file,
      "shapes",
      [
        'load: tensor "model.bias" expected the shape [1, 7], got [7]',
        'load: tensor "optim.state.bias.exp_avg" expected the shape [1, 7], got [7]',
        'load: tensor "optim.state.bias.exp_avg_sq" expected the shape [1, 7], got [7]',
      ],
    ],
    [
      "a missing parameter",
      () => at(adam, {}, 1, { ...shapes, more: 2 }),
      file,
      "names",
      [
        'load: the file has no tensor "model.more"',
        'load: the file has no tensor "optim.state.more.exp_avg"',
        'load: the file has no tensor "optim.state.more.exp_avg_sq"',
      ],
    ],
    [
      "an unused parameter",
      () => at(adam, {}, 1, { weight: [5, 9], bias: 7 }),
      file,
      "names",
      ["model.scale", "optim.state.scale.exp_avg", "optim.state.scale.exp_avg_sq", "optim.state.scale.step"].map(
        (name) => `load: the optimizer has no array for the tensor "${name}" of the file`,
      ),
    ],
    [
      "a type without floats",
      () => at(adam, {}, 1),
      withTensors(file, (part) => (part.name === "model.bias" ? { ...part, dtype: "I32" } : part)),
      "format",
      ['load: tensor "model.bias" expected F32, F64, F16 or BF16, got I32'],
    ],
  ];

  test.each(cases)("%s is refused", (_, fresh, file, reason, details) => {
    const error = refusal(fresh(), file);
    expect(error.reason).toBe(reason);
    for (const detail of details) expect(error.details).toContain(detail);
    if (!details[0]?.includes("average")) expect(error.details).toHaveLength(details.length);
  });

  test("one error lists all", () => {
    const opt = at(adam, { lr: 0.5, groups: [{ match: ["bias"] }] }, 1, { weight: [9, 5], bias: 7, more: 1 });
    const damaged = withMetadata(file, (text) => text.replace('"skipped":0', '"skipped":-1'));
    const { reason, details } = refusal(opt, damaged, { differences: "take" });
    expect(reason).toBe("format");
    expect(details.map((detail) => detail.replace(/^\w+: /, "")).sort()).toEqual(
      [
        ...["weight", "optim.state.weight.exp_avg", "optim.state.weight.exp_avg_sq"].map(
          (name) => `tensor "${name === "weight" ? "model.weight" : name}" expected the shape [9, 5], got [5, 9]`,
        ),
        ...["model.more", "optim.state.more.exp_avg", "optim.state.more.exp_avg_sq"].map(
          (name) => `the file has no tensor "${name}"`,
        ),
        ...["model.scale", "optim.state.scale.exp_avg", "optim.state.scale.exp_avg_sq", "optim.state.scale.step"].map(
          (name) => `the optimizer has no array for the tensor "${name}" of the file`,
        ),
        "groups[0].frozen expected false, got nothing in the file",
        'groups[0].parameters expected ["bias"], got nothing in the file',
        "metadata: progress.gradients.skipped expected an integer of at least 0",
      ].sort(),
    );
  });

  test('"keep" keeps the options, and reports them', () => {
    const opt = at(adam, { lr: 0.5 }, 1);
    const { differences } = load(opt, file, { differences: "keep" });
    expect(differences).toEqual([{ what: "lr", here: 0.5, there: 0.001 }]);
    expect([opt.hyper.lr, opt.t]).toEqual([0.5, 3]);
  });

  test('"take" takes hyper-parameters and frozen groups, also both of an ordered pair', () => {
    const groups = [{ match: ["bias"] }, { match: ["scale"], frozen: true }];
    const there = at(rprop, { stepMin: 60, stepMax: 70, groups }, 3);
    for (const [i, group] of there.groups.entries()) group.frozen = i === 0;
    Object.assign(there.groups[0]?.hyper as object, { weightDecay: 0.25 });
    const here = at(rprop, { groups }, 1);
    const { differences } = load(here, save(there), { differences: "take" });
    expect(differences.map(({ what }) => what).sort()).toEqual(
      ["stepMin", "stepMax", "groups[0].frozen", "groups[0].weightDecay", "groups[1].frozen"].sort(),
    );
    expect(bits(here)).toBe(bits(there));
    run(here);
    run(there);
    expect(bits(here)).toBe(bits(there));
  });

  test('"take" refuses what cannot be set, and takes nothing then', () => {
    const cases: [object, object, string][] = [
      [{ lr: 0.5, clipNorm: 1 }, {}, "clipNorm expected nothing, got 1 in the file"],
      [{ lr: 0.5 }, { lr: () => 1 }, 'lr expected "a schedule", got 0.5 in the file'],
      [{ lr: () => 1, eps: 0.5 }, {}, 'lr expected 0.001, got "a schedule" in the file'],
      [{ eps: 0.5, decay: "decoupled" }, {}, 'decay expected "l2", got "decoupled" in the file'],
    ];
    for (const [there, here, detail] of cases) {
      const opt = at(adam, here, 2);
      const before = bits(opt);
      expect(refusal(opt, save(at(adam, there, 1)), { differences: "take" }).details).toEqual([`load: ${detail}`]);
      expect(bits(opt)).toBe(before);
    }
    const bad = withMetadata(save(at(adam, { lr: 0.5, eps: 0.5 }, 1)), (text) => text.replace('"lr":0.5', '"lr":-0.5'));
    expect(refusal(at(adam, {}, 1), bad, { differences: "take" }).details).toEqual([
      "load: lr expected 0.001, got -0.5 in the file",
    ]);
  });
});

describe("tensors", () => {
  test('missing: "keep" leaves arrays as they are; unused: "ignore" leaves tensors', () => {
    const there = at(adam, {}, 3, { weight: [5, 9], bias: 7 });
    const here = at(adam, {}, 3, { weight: [5, 9], scale: [3, 4, 5] });
    const scale = [...(here.params.scale as Float32Array)];
    const { missing, unused, differences } = load(here, save(there), { missing: "keep", unused: "ignore" });
    expect(missing).toEqual(["model.scale", "optim.state.scale.exp_avg", "optim.state.scale.exp_avg_sq"]);
    expect(unused).toEqual(["model.bias", "optim.state.bias.exp_avg", "optim.state.bias.exp_avg_sq", "optim.state.bias.step"]);
    expect(differences).toEqual([]);
    expect([...(here.params.scale as Float32Array)]).toEqual(scale);
    expect(here.params.weight).toEqual(there.params.weight);
  });

  test("a group whose parameters the file lacks keeps its numbers", () => {
    const groups = [{ match: ["scale"] }];
    const here = at(adam, { groups }, 5);
    load(here, save(at(adam, {}, 3, { weight: [5, 9], bias: 7 })), { missing: "keep", differences: "keep" });
    expect([here.t, here.groups[0]?.steps]).toEqual([3, 5]);
  });

  test("parameters of one group need equal numbers of steps", () => {
    const file = save(at(adam, { groups: [{ match: ["bias"], frozen: true }] }, 3));
    const { reason, details } = refusal(at(adam, {}, 1), file, { differences: "keep" });
    expect(reason).toBe("options");
    expect(details).toEqual([
      'checkpoint: the parameters outside of groups expected parameters with equal numbers of steps, got "weight": 3, "bias": 0',
    ]);
  });

  test("F16, BF16 and F64 are converted, and reported", () => {
    const file = save(at(adam, {}, 0, { a: 2, b: 2, c: 2 }));
    const bytes: Record<string, [string, ArrayBufferView]> = {
      "model.a": ["F64", Float64Array.of(1 / 3, -2)],
      "model.b": ["F16", Uint16Array.of(0x3c00, 0xc000)],
      "model.c": ["BF16", Uint16Array.of(0x3f80, 0xc000)],
    };
    const converted = withTensors(file, (part) => {
      const [dtype, data] = bytes[part.name] ?? [];
      return dtype && data ? { ...part, dtype, bytes: new Uint8Array(data.buffer) } : part;
    });
    const opt = at(adam, {}, 1, { a: 2, b: 2, c: 2 });
    expect(load(opt, converted).converted).toEqual(["model.a: F64", "model.b: F16", "model.c: BF16"]);
    expect(Object.values(opt.params as Record<string, Float32Array>).map((x) => [...x])).toEqual([
      [Math.fround(1 / 3), -2],
      [1, -2],
      [1, -2],
    ]);
  });
});

describe("rename", () => {
  const all = (opt: Optimizer, name: string) =>
    [opt.params, ...Object.values(opt.state), opt.average].map((views) => views?.[name]);

  test("swaps names, with their state and averages", () => {
    const of = { a: 3, b: 3 };
    const there = at(adam, { ema: true }, 0, of);
    for (let t = 1; t < 4; t++) {
      there.grads.a?.fill(t);
      there.grads.b?.fill(-2 * t);
      there.step();
    }
    const here = at(adam, { ema: true }, 1, of);
    const swapped = { a: "b", b: "a" };
    // The order differs too.
    expect(load(here, save(there), { rename: (name) => swapped[name as "a"], differences: "keep" }).differences).toEqual([
      { what: "parameters", here: ["b", "a"], there: ["a", "b"] },
    ]);
    expect(all(here, "a")).toEqual(all(there, "b"));
    expect(all(here, "b")).toEqual(all(there, "a"));
    expect(all(here, "a")).not.toEqual(all(there, "a"));
  });

  test("adds a prefix without a difference, also in groups", () => {
    const options = (prefix: string) => ({ groups: [{ match: [`${prefix}b`, `${prefix}c`], lr: 1 }], swa: true });
    const there = at(adam, options("net."), 3, { "net.a": 2, "net.c": 2, "net.b": 2 });
    const here = at(adam, options(""), 0, { a: 2, c: 2, b: 2 });
    expect(load(here, save(there), { rename: (name) => `net.${name}` }).differences).toEqual([]);
    for (const name of ["a", "b", "c"]) expect(all(here, name)).toEqual(all(there, `net.${name}`));
    expect(here.groups[0]?.steps).toBe(3);
  });

  test("tells names that begin with one another, or look like names of state", () => {
    const names = ["a", "a.b", "a.b.exp_avg", "a.exp_avg", "model.a", "optim.state.a", "step", "", "__proto__", "10"];
    const of = Object.fromEntries(names.map((name, i) => [name, i + 1]));
    Object.defineProperty(of, "__proto__", { value: 9, enumerable: true, configurable: true, writable: true });
    const there = adam(of, { ema: true }) as Optimizer;
    const paint = (opt: Optimizer) => {
      for (const [i, name] of Object.keys(of).entries()) opt.grads[name]?.fill(i + 1);
      opt.step();
    };
    paint(there);
    const here = adam(of, { ema: true }) as Optimizer;
    load(here, save(there));
    paint(here);
    paint(there);
    expect(bits(here)).toBe(bits(there));
    const renamed = adam(Object.fromEntries(Object.keys(of).map((name) => [`x.${name}`, of[name] as number])), {
      ema: true,
    }) as Optimizer;
    load(renamed, save(there), { rename: (name) => name.slice(2) });
    for (const name of Object.keys(of)) expect(all(renamed, `x.${name}`)).toEqual(all(there, name));
  });

  test("undefined leaves a parameter and its state alone", () => {
    const there = at(adam, {}, 3);
    const here = at(adam, {}, 3);
    feed(here.params, 9);
    const bias = all(here, "bias").map((array) => array?.slice());
    const options = { rename: (name: string) => (name === "bias" ? undefined : name), unused: "ignore" } as const;
    expect(load(here, save(there), options)).toMatchObject({ missing: [] });
    expect(all(here, "bias")).toEqual(bias);
    expect(all(here, "scale")).toEqual(all(there, "scale"));
  });

  test("other results are refused", () => {
    const opt = at(adam, {}, 1);
    expect(() => load(opt, save(opt), { rename: () => 5 as never })).toThrow(
      'load: rename of "weight" expected to return a name or undefined, got 5',
    );
  });
});

describe('only: "params"', () => {
  test.each([undefined, "params"] as const)("from a file with %s, also of another rule: all else stays", (only) => {
    const there = at(nadam, { ema: true }, 3);
    const here = at(adam, { lr: 0.5 }, 2);
    const state = bits(here).replace(/^\[\[\[.*?\]/, "");
    expect(load(here, save(there, only ? { only } : {}), { only: "params" })).toMatchObject({ t: 2, missing: [], unused: [] });
    expect(here.params).toEqual(there.params);
    expect(bits(here).replace(/^\[\[\[.*?\]/, "")).toBe(state);
  });

  test("names that begin with model. are those of a model, too", () => {
    const of = { "model.layers.0": 2, "model.norm": 3, head: 1 };
    const there = at(adam, {}, 0, of);
    for (const [i, array] of Object.values(there.params as Record<string, Float32Array>).entries()) array.fill(i + 1);
    for (const only of [{}, { only: "params" }] as const) {
      const here = at(adam, {}, 1, of);
      load(here, save(there, only), { only: "params" });
      expect(here.params).toEqual(there.params);
    }
  });

  test("with t it is refused", () => {
    const opt = at(adam, {}, 1);
    expect(() => load(opt, save(opt), { only: "params", t: 3 })).toThrow("load: t expected to be left out");
  });
});

describe("another rule", () => {
  test("adam → adamw: state and steps go on, averages stay", () => {
    const there = at(adam, {}, 70);
    const here = at(adamw, { ema: true }, 3);
    const average = { ...here.average };
    const { t, differences, missing } = load(here, save(there), { differences: "keep" });
    expect([t, here.t]).toEqual([70, 70]);
    expect(differences).toEqual([{ what: "rule", here: "adamw", there: "adam" }]);
    expect(missing).toEqual(["average.weight", "average.bias", "average.scale"]);
    expect([here.params, here.state]).toEqual([there.params, there.state]);
    expect({ ...here.average }).toEqual(average);
    // With its defaults and without weight decay, AdamW is Adam.
    const same = at(adamw, { weightDecay: 0 }, 0);
    load(same, save(there), { differences: "keep" });
    run(same);
    run(there);
    expect([same.params, same.state]).toEqual([there.params, there.state]);
  });

  test("arrays of equal names and other shapes, and carried numbers of other names, stay", () => {
    const there = at(adam, {}, 5, { weight: [5, 9] });
    const here = at(novograd, {}, 1, { weight: [5, 9] });
    const before = { ...here.state.v };
    const { missing, unused } = load(here, save(there), { differences: "keep" });
    expect(missing).toEqual(["optim.state.weight.exp_avg_sq"]);
    expect(unused).toContain("optim.state.weight.exp_avg_sq");
    expect({ ...here.state.v }).toEqual(before);
    const carrying = at(nadam, {}, 2);
    const { product } = carrying.carry;
    load(carrying, save(at(adan, {}, 5)), { differences: "keep" });
    expect(carrying.carry.product).toBe(product);
  });

  test("rules and L-BFGS share nothing but parameters", () => {
    const rule = sgd({ x: 2 });
    const line = lbfgs({ x: 2 });
    for (const [here, there] of [
      [rule, line],
      [line, rule],
    ] as const)
      for (const differences of ["throw", "keep", "take"] as const)
        expect(refusal(here, save(there), { differences }).details.join()).toContain("which shares nothing but parameters");
    rule.params.x.fill(3);
    load(line, save(rule), { only: "params" });
    expect([...line.params.x]).toEqual([3, 3]);
  });
});

describe("a Source", () => {
  const file = save(at(adam, { ema: true }, 4));

  test("is read in order of its tensors", () => {
    const opt = at(adam, { ema: true }, 1);
    load(opt, sourceOf(file));
    expect(Buffer.compare(save(opt), file)).toBe(0);
  });

  test("that fails before the first change changes nothing", () => {
    const opt = at(adam, { ema: true }, 1);
    const before = bits(opt);
    for (const failing of [0, 1]) {
      const source = sourceOf(file, (_into, _at, count) => {
        if (count === failing) throw new Error("disk");
      });
      expect(() => load(opt, source)).toThrow("disk");
      expect(bits(opt)).toBe(before);
      run(opt, 1);
      load(opt, save(at(adam, { ema: true }, 1)));
    }
  });

  test("that fails later leaves an optimizer that only a whole load repairs", () => {
    for (let failing = 2; failing < 14; failing++) {
      const opt = at(adam, { ema: true, accumulate: true, sam: true }, 0);
      const whole = save(at(adam, { ema: true, accumulate: true, sam: true }, 0));
      const source = sourceOf(whole, (_into, _at, count) => {
        if (count === failing) throw new Error("disk");
      });
      expect(() => load(opt, source)).toThrow("disk");
      const refused = "an optimizer of which load() read only a part: load again";
      const calls = ["step", "shift", "accumulate", "eval"] as const;
      for (const call of calls) expect(() => opt[call]()).toThrow(refused);
      expect(() => save(opt)).toThrow(refused);
      load(opt, whole, { only: "params" });
      expect(() => opt.step()).toThrow(refused);
      load(opt, whole);
      opt.shift();
      opt.step();
      opt.dispose();
    }
    const opt = at(adam, {}, 0);
    const source = sourceOf(save(opt), (_into, _at, count) => {
      if (count === 3) throw new Error("disk");
    });
    expect(() => load(opt, source)).toThrow("disk");
    opt.dispose();
  });

  test("cannot use the optimizer meanwhile", () => {
    const opt = at(adam, { ema: true }, 1);
    let calls = 0;
    const source = sourceOf(file, (_into, _at, count) => {
      if (count < 2) return;
      calls++;
      expect(() => opt.step()).toThrow("load again");
    });
    load(opt, source);
    expect(calls).toBeGreaterThan(5);
    run(opt);
  });
});

describe("a file of another program", () => {
  const of = { w: [2, 2] };
  const opt = () => at(sgd, {}, 0, of);

  test("needs t where the file has no steps", () => {
    const file = fileOf([tensor("model.w", [2, 2], [1, 2, 3, 4])]);
    expect(refusal(opt(), file).details).toEqual([
      'load: the option t expected the number of completed steps, because the file does not have it for "w"',
    ]);
    const loaded = opt();
    expect(load(loaded, file, { t: 7 })).toMatchObject({ t: 7, differences: [], missing: [] });
    expect([...(loaded.params.w as Float32Array)]).toEqual([1, 2, 3, 4]);
    expect(loaded.progress.groups[0]?.steps).toBe(7);
  });

  test("may have its steps as [] or [1]; other numbers than counts are refused", () => {
    for (const shape of [[], [1]]) {
      const steps = (x: number) => fileOf([tensor("model.w", [2, 2], [1, 2, 3, 4]), tensor("optim.state.w.step", shape, [x])]);
      const loaded = opt();
      expect(load(loaded, steps(9)).t).toBe(9);
      for (const wrong of [-1, 0.5, Number.NaN, Infinity])
        expect(refusal(opt(), steps(wrong)).details).toEqual([
          `load: optim.state.w.step expected an integer of at least 0, got ${wrong}`,
        ]);
    }
  });

  test("a file that went through another program lacks our metadata, and still loads", () => {
    const there = at(nadam, {}, 5);
    const { tensors } = partsOf(save(there));
    const here = at(nadam, {}, 0);
    load(here, fileOf([...tensors].reverse()));
    expect([here.params, here.state, here.t]).toEqual([there.params, there.state, 5]);
    expect(here.carry.product).toBe(Math.fround(there.carry.product as number));
  });

  test("of L-BFGS has no numbers", () => {
    const file = withMetadata(save(lbfgs({ x: 2 })), () => undefined);
    expect(refusal(lbfgs({ x: 2 }), file).details).toEqual([
      "load: the file expected to be one of lbfgs, got one without its numbers",
    ]);
  });
});

test("wrong options are refused", () => {
  const opt = sgd({ x: 1 });
  const file = save(opt);
  const cases: [object, string][] = [
    [{ t: -1 }, "load: t expected an integer of at least 0, got -1"],
    [{ only: "state" }, "load: only expected one of params"],
    [{ rename: {} }, "load: rename expected a function"],
    [{ missing: "ignore" }, "load: missing expected one of throw, keep"],
    [{ unused: "keep" }, "load: unused expected one of throw, ignore"],
    [{ differences: true }, "load: differences expected one of throw, keep, take"],
    [{ strict: true }, 'load: unknown option "strict"'],
  ];
  for (const [options, message] of cases) expect(() => load(opt, file, options)).toThrow(message);
  expect(() => load(opt, "file" as never)).toThrow("the file expected a Uint8Array, or a Source");
  expect(() => load({} as never, file)).toThrow("load: optimizer expected an optimizer of a rule, or lbfgs");
  opt.dispose();
  expect(() => load(opt, file)).toThrow("expected an optimizer that is not disposed");
});

describe("ends", () => {
  test.each(["shift", "eval", "accumulate"] as const)("%s()", (call) => {
    const options = { sam: true, ema: true, accumulate: true };
    const fresh = () => {
      const opt = make(adam as never, options) as Optimizer;
      feed(opt.grads, 3);
      opt.shift();
      feed(opt.grads, 4);
      opt.step();
      return opt;
    };
    const there = fresh();
    const here = fresh();
    feed(here.grads, 5);
    here[call]();
    load(here, save(there));
    expect(bits(here)).toBe(bits(there));
    for (const opt of [here, there]) {
      feed(opt.grads, 6);
      opt.accumulate();
      opt.shift();
      opt.step();
      opt.eval();
      opt.train();
    }
    expect(bits(here)).toBe(bits(there));
  });
});
