// Tests the packed library in all runtimes except browsers, and through bundlers: npm run test:runtimes
import { rmSync } from "node:fs";
import { join } from "node:path";
import { emulated } from "./arm64.js";
import { type Bundler, bundle, bundlers } from "./bundlers.js";
import { imports, installed, makeProject, program } from "./project.js";
import { report, run } from "./run.js";
import { sizes } from "./sizes.js";
import { packageChecks } from "./types.js";

const node = installed("node24/bin/node");
const project = makeProject();

/** A program that runs the check on `threads` threads and prints the result. */
function checking(threads: number, quick = false): string {
  // Node prints the line of an uncaught error. A bundle is one line, which fills the pipe before the message.
  const text = `try {
  console.log(await check(library, table, expected, { threads: ${threads}, quick: ${quick} }));
} catch (error) {
  console.error(String(error?.stack));
  process.exitCode = 1;
}`;
  return program(project, `check-${threads}-${quick}.js`, imports + text);
}

// The whole table once for each engine: V8 in the newest Node, and JavaScriptCore in Bun. The whole table in Node 20 is a test of `npm test`.
const deno = ["run", "--allow-read", "--allow-env", "--allow-sys", "--no-remote", "--no-lock"];
const runtimes: [name: string, command: string, args: string[]][] = [
  ["Node", installed("node20/bin/node"), [checking(2, true)]],
  ["Node", installed("node22/bin/node"), [checking(3, true)]],
  ["Node", installed("node24/bin/node"), [checking(4, true)]],
  ["Node", installed("node26/bin/node"), [checking(7)]],
  ["Bun", installed("bun/bin/bun.exe"), [checking(2)]],
  ["Deno", installed("deno/deno"), [...deno, checking(2, true)]],
];

/** Tests Cloudflare's workerd with miniflare. As with Cloudflare's tools, programs are bundled, and the platform compiles modules. */
function workerd(): string {
  const out = join(project, "workerd");
  const worker = program(
    project,
    "cloudflare.js",
    `${imports}export default {
  async fetch() {
    try {
      return new Response(await check(library, table, expected, { threads: 2, size: 1, quick: true }));
    } catch (error) {
      return new Response(String(error?.stack), { status: 500 });
    }
  },
};\n`,
  );
  const flags = ["--bundle", "--format=esm", "--conditions=workerd", "--loader:.wasm=copy", "--asset-names=[name]"];
  run(installed(".bin/esbuild"), [worker, ...flags, `--outdir=${out}`], { cwd: project });
  const host = program(
    project,
    "miniflare.js",
    `import { Miniflare } from ${JSON.stringify(installed("miniflare/dist/src/index.js"))};
const miniflare = new Miniflare({
  modules: [
    { type: "ESModule", path: "cloudflare.js" },
    { type: "CompiledWasm", path: "plain.wasm" },
  ],
  modulesRoot: ".",
  compatibilityDate: "2026-07-01",
  compatibilityFlags: ["nodejs_compat"],
});
const response = await miniflare.dispatchFetch("http://localhost/");
const text = await response.text();
await miniflare.dispose();
if (!response.ok) throw new Error(text);
console.log(text);\n`,
  );
  return run(node, [host], { cwd: out });
}

const quick = checking(2, true);

/** Runs the bundle in Node with the worker's file, and without it. Then threads() must report the missing file. */
function bundled(name: Bundler): string {
  const out = bundle(name, project, quick, "node");
  const result = run(node, [join(out, "main.js")], { cwd: out });
  rmSync(join(out, "worker.js"));
  try {
    run(node, [join(out, "main.js")], { cwd: out });
  } catch (error) {
    if (/threads: worker 1 did not start: Error: Cannot find module '.*worker\.js'/.test(String(error))) return result;
    throw error;
  }
  throw new Error("threads() expected a missing worker.js, got no error");
}

const arm64 = emulated(project, quick);

await report([
  ...packageChecks(project),
  ...runtimes.map(([name, command, args]) => {
    return [name, () => `${run(command, ["--version"]).split("\n")[0]}: ${run(command, args, { cwd: project })}`] as const;
  }),
  ["workerd", workerd] as const,
  ...bundlers.map((name) => [`${name}, then Node`, () => bundled(name)] as const),
  ["sizes", () => sizes(project)] as const,
  ...arm64,
]);
