import { describe, expect, test } from "vitest";
import { CheckpointError, inspect, type Lbfgs, type LbfgsOptions, lbfgs, load, save } from "../../src/index.js";
import { type Problem, problems } from "../support/problems.js";
import { withMetadata } from "../support/rewriting.js";

const { rosenbrock10 } = problems as { rosenbrock10: Problem };

function fresh(options: LbfgsOptions): Lbfgs {
  const [a, b] = [rosenbrock10.start.slice(0, 4), rosenbrock10.start.slice(4)];
  return lbfgs({ a: Float32Array.from(a), b: Float32Array.from(b) }, options);
}

function step(opt: Lbfgs): void {
  opt.step(() => {
    const { a, b } = opt.params as { a: Float32Array; b: Float32Array };
    const g = new Float32Array(a.length + b.length);
    const loss = rosenbrock10.f(Float32Array.of(...a, ...b), g);
    opt.grads.a.set(g.subarray(0, a.length));
    opt.grads.b.set(g.subarray(a.length));
    return loss;
  });
}

/** All that a caller sees, and what the next steps depend on. */
const bits = (opt: Lbfgs) => {
  const { progress, params } = opt;
  const arrays = [params.a, params.b, ...Object.values(opt.memoryOf(progress.rho.length, progress.moved))];
  return [progress, ...arrays.map((array) => [...(array as Float32Array)])];
};

describe.each(["strongWolfe", "none"] as const)("lineSearch %s", (lineSearch) => {
  test.each([3, 4])(
    "goes on with the same bits after any step of %i iterations, while the ring of pairs fills and turns",
    (iterations) => {
      const options = { lineSearch, history: 4, iterations, ...(lineSearch === "none" ? { lr: 0.001 } : {}) };
      const opt = fresh(options);
      const files = [save(opt)];
      const states = [bits(opt)];
      for (let i = 0; i < 12; i++) {
        step(opt);
        const before = bits(opt);
        files.push(save(opt));
        expect(bits(opt)).toEqual(before);
        states.push(before);
      }
      expect(opt.progress.rho).toHaveLength(4);
      // Into new optimizers, and into one whose ring begins anywhere.
      const old = fresh(options);
      for (const [i, file] of files.entries()) {
        for (const other of [fresh(options), old]) {
          for (let k = 0; k < i % 3; k++) step(other);
          load(other, file);
          expect(bits(other)).toEqual(states[i]);
          expect(Buffer.compare(save(other), file)).toBe(0);
          for (let k = i + 1; k < files.length; k++) {
            step(other);
            expect(bits(other)).toEqual(states[k]);
          }
        }
      }
    },
  );
});

const after = (steps: number, options: LbfgsOptions = {}) => {
  const opt = fresh({ history: 4, iterations: 3, evaluations: 50, ...options });
  for (let i = 0; i < steps; i++) step(opt);
  return opt;
};

test("the file has the pairs, the oldest first, and the start of an iteration whose pair is not stored", () => {
  const { tensors } = inspect(save(after(1)));
  expect([...tensors.keys()].sort()).toEqual(
    ["lbfgs.gx", "lbfgs.s.0", "lbfgs.s.1", "lbfgs.x", "lbfgs.y.0", "lbfgs.y.1", "model.a", "model.b"].sort(),
  );
  expect([...inspect(save(after(0))).tensors.keys()].sort()).toEqual(["model.a", "model.b"]);
});

test("a shorter history is refused, also with its difference kept; parameters alone pass", () => {
  const file = save(after(5));
  for (const differences of ["throw", "keep", "take"] as const) {
    const opt = after(1, { history: 2 });
    const before = save(opt);
    expect(() => load(opt, file, { differences })).toThrow(CheckpointError);
    expect(() => load(opt, file, { differences })).toThrow("history expected at least the 4 pairs of the file, got 2");
    expect(Buffer.compare(save(opt), before)).toBe(0);
  }
  const opt = after(1, { history: 2 });
  load(opt, file, { only: "params" });
  expect(opt.params.a).toEqual(after(5).params.a);
});

test("parameters alone leave pairs and numbers, and steps go on", () => {
  const opt = after(7);
  const [progress, , , ...pairs] = bits(opt);
  load(opt, save(after(2)), { only: "params" });
  const [now, , , ...kept] = bits(opt);
  expect([now, kept]).toEqual([progress, pairs]);
  step(opt);
});

test("a longer history goes on from the file", () => {
  const opt = after(0, { history: 9 });
  load(opt, save(after(5)), { differences: "keep" });
  expect(opt.progress).toEqual(after(5).progress);
  for (let i = 0; i < 4; i++) step(opt);
  expect(opt.progress.rho).toHaveLength(9);
});

test("damaged numbers are refused", () => {
  const cases: [string, string, string][] = [
    ['"fresh":false', '"fresh":0', "progress.fresh expected true or false, got 0"],
    ['"moved":true', '"moved":null', "progress.moved expected true or false, got null"],
    ['"reason":"iterations"', '"reason":"tired"', 'progress.reason expected a reason of lbfgs, got "tired"'],
    ['"rho":[', '"rho":["a",', "progress.rho[0] expected a number"],
    ['"rho":[', '"row":[', "progress.rho expected a list"],
  ];
  const file = save(after(2));
  for (const [from, to, message] of cases) {
    const changed = withMetadata(file, (text) => {
      expect(text).toContain(from);
      return text.replace(from, to);
    });
    const opt = after(1);
    const before = save(opt);
    expect(() => load(opt, changed)).toThrow(message);
    expect(Buffer.compare(save(opt), before)).toBe(0);
  }
});

test("inside the closure nothing is saved or loaded", () => {
  const opt = lbfgs({ x: 1 });
  const file = save(opt);
  const closure = (call: () => unknown) => () => {
    call();
    return 0;
  };
  for (const [name, call] of [
    ["save", () => save(opt)],
    ["load", () => load(opt, file)],
  ] as const)
    expect(() => opt.step(closure(call))).toThrow(`lbfgs: ${name}() expected to be called between steps, not from the closure`);
  expect(Buffer.compare(save(opt), file)).not.toBe(0); // it counts calls of the closure
  load(opt, file);
  expect(Buffer.compare(save(opt), file)).toBe(0);
});

test("a Source that fails in the middle: only a whole load allows steps", () => {
  const file = save(after(4));
  for (let failing = 2; failing < 12; failing++) {
    const opt = after(6);
    let count = 0;
    const read = (into: Uint8Array, at: number) => {
      if (count++ === failing) throw new Error("disk");
      into.set(file.subarray(at, at + into.length));
    };
    expect(() => load(opt, { size: file.length, read })).toThrow("disk");
    const refused = "expected another load(): the last one read only a part";
    expect(() => step(opt)).toThrow(refused);
    expect(() => save(opt)).toThrow(refused);
    load(opt, file, { only: "params" });
    expect(() => step(opt)).toThrow(refused);
    load(opt, file);
    expect(Buffer.compare(save(opt), file)).toBe(0);
    step(opt);
  }
});
