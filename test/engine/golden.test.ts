// The options of the engine against PyTorch, optax and others for them. Their calls are in the golden files.
import { expect, test } from "vitest";
import { checkClose } from "../support/compare.js";
import { ruleNamed } from "../support/configurations.js";
import { type Arrays, type EngineRun, readRuns } from "../support/golden.js";
import { fill, random } from "../support/random.js";

const rows = readRuns<EngineRun>({ optax: "engine_optax", PyTorch: "engine_torch" });

// The rounding of f32: twice the largest error.
const tolerance = 2e-6;

test("each option is compared in four rules", () => {
  const names = [
    ...["clipValue", "clipAdaptive", "clipTensorNorm", "clipNorm", "centralize", "maximize", "accumulate", "lossScale"],
    ...["nonFinite", "ema", "swa", "lookahead", "sam"],
  ];
  for (const name of names) expect(new Set(rows.filter(({ options }) => name in options).map(({ rule }) => rule)).size).toBe(4);
});

test.each(rows.map((row) => [`${row.rule} ${JSON.stringify(row.options)}`, `${row.from}: ${row.theirs}`, row] as const))(
  "%s: parameters after 40 steps as by %s",
  (_, __, { rule, options, start = 1, size = 1, windows = [1], weights, spoiled = [], curved, golden, ...expected }) => {
    const opt = ruleNamed(rule)(golden.shapes, options);
    const names = Object.keys(golden.shapes);

    const source = random(golden.seed);
    const take = (scale = 1) => {
      const drawn = names.map((name) => [name, fill(new Float64Array(opt.params[name].length), source, scale)] as const);
      return Object.fromEntries(drawn) as Record<string, Float64Array>;
    };
    for (const [name, values] of Object.entries(take(start))) opt.params[name].set(values);
    const [a, b] = curved ? [take(), take()] : [];

    /** The gradient of sum(d·p), or of sum((1 + a/2)·(p - b)² + p⁴/4 + d·p), times the factor of the loss. */
    const gradient = (d: Record<string, Float64Array>) => {
      const factor = options.lossScale ? opt.lossScale : 1;
      for (const name of names) {
        const p: Float32Array = opt.params[name];
        const g: Float32Array = opt.grads[name];
        for (let i = 0; i < p.length; i++) {
          const curve = a && b ? (2 + a[name][i]) * (p[i] - b[name][i]) + p[i] ** 3 : 0;
          g[i] = factor * (curve + d[name][i]);
        }
      }
    };

    const scales: number[] = [];
    const skipped: number[] = [];
    let count = 0;
    for (let step = 0; step < golden.steps; step++) {
      const accumulated = options.accumulate ? windows[step % windows.length] : 0;
      const batches = Array.from({ length: Math.max(accumulated, 1) }, () => {
        const d = take(size);
        for (const [at, name, element, value] of spoiled) if (at === count) d[name][element] = Number(value);
        const weight = weights?.[count % weights.length];
        count += 1;
        return { d, weight };
      });
      const backward = () => {
        for (const { d, weight } of batches) {
          gradient(d);
          if (accumulated > 0) opt.accumulate(weight);
        }
      };
      backward();
      if (options.sam) {
        opt.shift();
        backward();
      }
      const before = opt.skipped;
      opt.step();
      if (opt.skipped > before) skipped.push(step);
      scales.push(opt.lossScale);
    }

    const compare = (what: string, actual: Record<string, Float32Array>, arrays: Arrays) => {
      for (const name of names) checkClose(`${what}.${name}`, actual[name], arrays[name] ?? [], tolerance);
    };
    compare("params", opt.params, expected.params);
    if (expected.average) compare("average", opt.average as Record<string, Float32Array>, expected.average);
    if (expected.slow) compare("slow", opt.slow as Record<string, Float32Array>, expected.slow);
    if (expected.gradNorm) checkClose("gradNorm", [opt.gradNorm], [expected.gradNorm], tolerance);
    if (expected.scales) checkClose("lossScale", scales, expected.scales, tolerance);
    expect(skipped).toEqual(expected.skipped ?? []);
    expect(opt.skipped).toBe(skipped.length);
    expect(opt.t).toBe(golden.steps - skipped.length);

    const trained = names.map((name) => opt.params[name].slice());
    opt.eval();
    compare("evaluation", opt.params, expected.average ?? expected.slow ?? expected.params);
    opt.train();
    expect(names.map((name) => opt.params[name])).toEqual(trained);
  },
);
