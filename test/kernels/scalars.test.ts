// The scalars that kernels name in their sources: what is written is what the compiled kernels read.

import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { kernelScalars } from "../../assembly/scalars.mjs";
import { type Link, Optimizer } from "../../src/engine/optimizer.js";
import { adam, nesterov, sophia } from "../../src/index.js";
import type { Kernels } from "../../src/kernels/generated.js";
import { KernelArguments } from "../../src/kernels/kernelArguments.js";
import { allocate } from "../../src/memory/wasmMemory.js";
import { allKernels } from "../support/allKernels.js";
import { type AnyRule, table } from "../support/configurations.js";
import { fill, random } from "../support/random.js";

const names: Readonly<Record<string, readonly string[]>> = await kernelScalars();

/** The names of each kernel's parameters. */
const parameters = Object.fromEntries(
  [...readFileSync(new URL("../../src/kernels/generated.ts", import.meta.url), "utf8").matchAll(/^ {2}(\w+)\((.*)\):/gm)].map(
    ([, kernel, list]) => [kernel, [...list.matchAll(/(\w+):/g)].map(([, parameter]) => parameter)],
  ),
);

test("what is not the scalars of the kernel does not compile", () => {
  const args = new KernelArguments(allocate(4096).buffer, 64, 0, 1);
  const cell = Float64Array.of(1);
  const written = () => {
    args.scalars<"adam">("rate", 1, "eps", 2);
    args.scalars<"adam" | "adamRoot" | "yogi">("rate", 1, "eps", 2, "epsRoot", 3);
    args.scalarFrom<"noise">("deviation", cell);
    // @ts-expect-error: a scalar is missing
    args.scalars<"adam">("rate", 1);
    // @ts-expect-error: one too many
    args.scalars<"adam">("rate", 1, "eps", 2, "epsRoot", 3);
    // @ts-expect-error: another order
    args.scalars<"adam">("eps", 2, "rate", 1);
    // @ts-expect-error: another name
    args.scalars<"adam">("rate", 1, "epsRoot", 2);
    // @ts-expect-error: no number
    args.scalars<"sgd">("rate", "1");
    // @ts-expect-error: no name
    args.scalars<"sgd">(1);
    args.scalars("step", 1, "size", 2); // without a kernel, any names
    // @ts-expect-error: no number
    args.scalars("step");
    // @ts-expect-error: no such kernel
    args.scalars<"adma">("rate", 1, "eps", 2);
    // @ts-expect-error: too few for the kernel that reads most
    args.scalars<"adam" | "adamRoot">("rate", 1, "eps", 2);
    // @ts-expect-error: the first name is another one in each kernel
    args.scalars<"adam" | "gemm">("rate", 1, "eps", 2);
    // @ts-expect-error: the second name is another one in each kernel
    args.scalars<"adam" | "momentum">("rate", 1, "eps", 2);
    // @ts-expect-error: another name
    args.scalarFrom<"noise">("rate", cell);
    // @ts-expect-error: the kernel reads more than one
    args.scalarFrom<"adam">("rate", cell);
    // @ts-expect-error: no kernel
    args.scalarFrom("deviation", cell);
  };
  expect(written).toBeTypeOf("function");
});

describe("a kernel reads the scalars that it names, and no others", () => {
  const memory = allocate(65_536);
  const kernels = allKernels(memory);
  const floats = new Float32Array(memory.buffer);
  const [c, r, arrays] = [64, 128, 1024];
  const [first, most, averages] = [3, 5, 8];

  /** What a call makes of arrays of 16 random numbers: 9 elements, or 3 rows and columns. */
  function call(kernel: keyof Kernels, scalars: Float32Array): string {
    const numbers: Record<string, number> = { begin: 0, end: 9, rows: 3, columns: 3, inner: 3, panel: 3, c, r };
    const values = parameters[kernel].map((name, i) => numbers[name] ?? arrays + i * 64);
    const used = floats.subarray(r / 4, (arrays + values.length * 64) / 4);
    fill(used, random(1));
    floats.set(scalars, c / 4);
    const result = (kernels[kernel] as (...values: number[]) => number | undefined)(...values);
    return `${result} ${used.join()}`;
  }

  const changed = (scalars: Float32Array, index: number, value: number) => {
    const copy = scalars.slice();
    copy[index] = value;
    return copy;
  };

  const source = random(2);
  const trials = Array.from({ length: 40 }, () => {
    const before = fill(new Float32Array(averages + 6), source);
    for (let i = averages; i < before.length; i += 2) before.set([0.1, 0.9], i);
    return { before, other: source.next().value };
  });

  const withScalars = (Object.keys(names) as (keyof Kernels)[]).filter((kernel) => parameters[kernel].includes("c"));

  test("which are all that have an address of scalars", () => {
    for (const kernel of Object.keys(names)) if (names[kernel].length > 0) expect(withScalars).toContain(kernel);
  });

  test.each(withScalars)("%s", (kernel) => {
    const read = Array.from({ length: most }, (_, i) =>
      trials.some(({ before, other }) => call(kernel, before) !== call(kernel, changed(before, first + i, other))),
    );
    expect(read).toEqual(Array.from({ length: most }, (_, i) => i < names[kernel].length));
  });
});

describe("a kernel is called with scalars that have its names", () => {
  /** Runs a program on kernels that compare the names; returns the kernels with scalars of their own that it called. */
  function called(program: (link: Link) => void): Set<string> {
    const written = new Map<number, string[]>();
    const found = new Set<string>();
    for (const method of ["scalars", "scalarFrom"] as const) {
      const write = KernelArguments.prototype[method] as (...named: unknown[]) => void;
      vi.spyOn(KernelArguments.prototype, method).mockImplementation(function (this: KernelArguments, ...named: unknown[]) {
        written.set(
          this.c,
          named.filter((name) => typeof name === "string"),
        );
        write.apply(this, named);
      } as never);
    }
    const check = (kernel: string, values: readonly number[]) => {
      if (names[kernel].length === 0) return;
      found.add(kernel);
      const given = written.get(values[parameters[kernel].indexOf("c")]) ?? [];
      expect([kernel, ...given.slice(0, names[kernel].length)]).toEqual([kernel, ...names[kernel]]);
    };
    const link: Link = (memory, modules) => {
      const checked = Object.entries(allKernels(memory, modules)).map(([kernel, run]) => [
        kernel,
        (...values: number[]) => {
          check(kernel, values);
          return (run as (...values: number[]) => number)(...values);
        },
      ]);
      return Object.fromEntries(checked) as Kernels;
    };
    try {
      program(link);
    } finally {
      vi.restoreAllMocks();
    }
    return found;
  }

  /** An optimizer of a matrix and a vector. */
  function make({ spec }: AnyRule, options: object, link: Link): Optimizer {
    const opt = new Optimizer(spec, { a: [3, 4], b: 5 }, options, link);
    for (const grads of Object.values(opt.grads)) fill(grads, random(1));
    return opt as unknown as Optimizer;
  }

  test.each(table)("$title", ({ rule, options }) => {
    const found = called((link) => {
      const opt = make(rule, options, link);
      for (let t = 0; t < 3; t++) opt.step();
    });
    expect(found.size).toBeGreaterThan(1); // the search for what is not finite, and the rule
  });

  const around: readonly (readonly [AnyRule, object, (opt: Optimizer) => void, readonly (keyof Kernels)[]])[] = [
    [adam as never, { clipValue: 0.1 }, (opt) => opt.step(), ["clamp"]],
    [adam as never, { clipAdaptive: 0.1 }, (opt) => opt.step(), ["clipAdaptive"]],
    [adam as never, { clipTensorNorm: 0.1 }, (opt) => opt.step(), ["scal"]],
    [adam as never, { noise: { eta: 1 }, lossScale: true }, (opt) => opt.step(), ["scal", "noise"]],
    [adam as never, { accumulate: true }, (opt) => opt.accumulate(2), ["accumulate"]],
    [adam as never, { sam: true }, (opt) => opt.shift(), ["axpy"]],
    [adam as never, { sam: { adaptive: true } }, (opt) => opt.shift(), ["adaptiveAscent"]],
    [adam as never, {}, (opt) => void opt.firstNonFinite("params"), ["allWithin"]],
    [nesterov as never, {}, (opt) => [opt.shift(), opt.step()], ["sgd", "momentum"]],
    [sophia as never, {}, (opt) => opt.observe(), []],
  ];

  test.each(around)("%o %o", (rule, options, program, kernels) => {
    expect([...called((link) => program(make(rule, options, link)))]).toEqual(expect.arrayContaining([...kernels]));
  });
});
