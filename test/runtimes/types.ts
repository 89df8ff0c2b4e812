// Compiles projects that use the package's types, and runs linters for packages.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installed } from "./project.js";
import { run } from "./run.js";

const consumer = `import { adam, arena, cosineDecay, defineRule, fit, kernelModule, type Optimizer, type Store, threads, useModule } from "simdescent";
import { folder, type HugePages, hugePages, loadFile, saveFile } from "simdescent/node";
import { folder as folderOfPage } from "simdescent/opfs";
import { checkRule } from "simdescent/testing";
import plain from "simdescent/kernels/plain.wasm";
import shared from "simdescent/kernels/shared.wasm";

for (const module of [plain, shared]) useModule(module);
export const pages: HugePages = hugePages();
export const stores: readonly Store[] = [folder("run", { keep: 3 }), await folderOfPage("run")];
export const opt = adam({ weight: [10, 784], bias: 10 }, { lr: cosineDecay(1e-3, { steps: 9000 }), threads: await threads(2), ema: true });
saveFile("file", opt, { sync: false, extra: [1] });
export const step: number | undefined = folder("run").latest(opt)?.t ?? loadFile("file", opt, { only: "params" }).t;
const weight: Float32Array = opt.params.weight;
const mean: Float32Array = opt.state.m.bias;
const count = (optimizer: Optimizer): number => Object.keys(optimizer.params).length;
await fit(opt, { count: weight.length + mean.length + count(opt), epochs: 1, gradient: (indices) => indices.length });
export const descent = defineRule({
  name: "descent",
  hyper: { lr: [0.1, "[0,inf)"], beta: [0.9, "[0,1)"] },
  state: { m: "exp_avg" },
  kernels: [kernelModule(new Uint8Array(), { descent: "elements" })],
  scalars(args, { lr, beta }) {
    args.scalars("rate", lr);
    args.gains(1 - beta);
  },
  elementPass(k, { begin, end, c }, { p, g, m }) {
    k.descent(begin, end, p, g, m, c);
    // @ts-expect-error: no such kernel
    k.ascent(begin, end, p, g, m, c);
  },
});
const own = descent({ weight: 3 }, { beta: 0.5, memory: arena() });
const rate: number = own.current.beta + own.state.m.weight[0];
checkRule(descent, { tolerance: rate, reference: ({ p, g, m }, { lr }) => void (p[0] = g[0] * lr + m[0]) });
// @ts-expect-error: no such hyper-parameter
descent({ weight: 3 }, { momentum: 0.5 });
// @ts-expect-error: no such parameter
opt.params.wieght;
// @ts-expect-error: no such option
adam({ weight: 3 }, { learningRate: 1 });
`;

// A separate file, because its `lib` declares Symbol.dispose; the consumer's does not.
const disposing = `import { adam, lbfgs, type Optimizer } from "simdescent";

using opt = adam({ weight: 3 });
using other = lbfgs({ weight: 3 });
const dispose = (optimizer: Optimizer): void => optimizer[Symbol.dispose]();
dispose(opt);
other.dispose();
// @ts-expect-error: it frees at once
opt[Symbol.asyncDispose]();
`;

// Declarations must have names for the types of what is exported.
const checks = { strict: true, skipLibCheck: false, declaration: true, noEmit: true };
const options = { ...checks, target: "ES2022", lib: ["ES2022", "DOM"], types: [] };

/** Compiles the consumers with the module resolutions of Node and of bundlers. */
function compiles(project: string, version: string): string {
  writeFileSync(join(project, "consumer.ts"), consumer);
  writeFileSync(join(project, "disposing.ts"), disposing);
  const compiler = installed(`typescript${version}/bin/tsc`);
  const libraries = { "consumer.ts": options.lib, "disposing.ts": [...options.lib, "ESNext.Disposable"] };
  for (const module of ["NodeNext", "ESNext"]) {
    const moduleResolution = module === "NodeNext" ? module : "Bundler";
    for (const [file, lib] of Object.entries(libraries)) {
      const config = { compilerOptions: { ...options, lib, module, moduleResolution }, files: [file] };
      writeFileSync(join(project, "tsconfig.json"), JSON.stringify(config));
      run(process.execPath, [compiler, "-p", project]);
    }
  }
  return `${run(process.execPath, [compiler, "--version"])}: strict, with the library's declarations checked`;
}

/** Runs a linter. @throws Error if it finds a problem. */
function lints(linter: string, ...args: string[]): string {
  run(installed(`.bin/${linter}`), args);
  return "no problems";
}

export function packageChecks(project: string): [name: string, check: () => string][] {
  const tarball = join(project, readdirSync(project).find((file) => file.endsWith(".tgz")) as string);
  return [
    ["publint", () => lints("publint", tarball, "--strict")],
    ["attw", () => lints("attw", tarball, "--profile", "esm-only")],
    ...["5", "6", "7"].map((version) => ["types", () => compiles(project, version)] as [string, () => string]),
  ];
}
