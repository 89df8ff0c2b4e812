// What a project that uses the package's types sees, and what linters of packages say of it.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installed } from "./project.js";
import { run } from "./run.js";

const consumer = `import { adam, cosineDecay, fit, type Optimizer, threads, useModule } from "simdescent";
import plain from "simdescent/kernels/plain.wasm";
import shared from "simdescent/kernels/shared.wasm";

for (const module of [plain, shared]) useModule(module);
const opt = adam({ weight: [10, 784], bias: 10 }, { lr: cosineDecay(1e-3, { steps: 9000 }), threads: await threads(2), ema: true });
const weight: Float32Array = opt.params.weight;
const mean: Float32Array = opt.state.m.bias;
const count = (optimizer: Optimizer): number => Object.keys(optimizer.params).length;
await fit(opt, { count: weight.length + mean.length + count(opt), epochs: 1, gradient: (indices) => indices.length });
// @ts-expect-error: no such parameter
opt.params.wieght;
// @ts-expect-error: no such option
adam({ weight: 3 }, { learningRate: 1 });
`;

const options = { strict: true, skipLibCheck: false, noEmit: true, target: "ES2022", lib: ["ES2022", "DOM"], types: [] };

/** Compiles the consumer, with the way modules are found in Node and with that of bundlers. */
function compiles(project: string, version: string): string {
  writeFileSync(join(project, "consumer.ts"), consumer);
  const compiler = installed(`typescript${version}/bin/tsc`);
  for (const module of ["NodeNext", "ESNext"]) {
    const moduleResolution = module === "NodeNext" ? module : "Bundler";
    const config = { compilerOptions: { ...options, module, moduleResolution }, files: ["consumer.ts"] };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify(config));
    run(process.execPath, [compiler, "-p", project]);
  }
  return `${run(process.execPath, [compiler, "--version"])}: strict, with the library's declarations checked`;
}

/** What a linter of packages finds; nothing, or it is an error. */
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
