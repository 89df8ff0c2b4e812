// Compiles the targets of asconfig.json into build/. Cuts the module into one for the engine and one for each other kernel, and writes them
// to dist/kernels/ in both forms of "#kernels" (see package.json), beside the whole modules. Writes the kernels' types and modules to
// src/kernels/generated.ts. A warning of the compiler fails the build.
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import asc from "assemblyscript/asc";
import { cut, encode } from "./cut.mjs";
import { kernelScalars } from "./scalars.mjs";

const { targets } = JSON.parse(await readFile("asconfig.json", "utf8"));

const changed = async (file) => (await stat(file).catch(() => ({ mtimeMs: 0 }))).mtimeMs;
const sources = (await readdir("assembly", { recursive: true })).map((file) => `assembly/${file}`);
const newest = Math.max(
  ...(await Promise.all(["asconfig.json", "assembly/asconfig.json", "package-lock.json", ...sources].map(changed))),
);
const outputs = Object.values(targets).flatMap(({ outFile, textFile }) => [outFile, textFile]);
const fresh = Math.min(...(await Promise.all(outputs.map(changed)))) > newest;

for (const target of fresh ? [] : Object.keys(targets)) {
  const { error, stderr } = await asc.main(["--target", target]);
  const said = stderr.toString().trim();
  if (error || said) {
    console.error(`asc --target ${target}\n${said || error}`);
    process.exit(1);
  }
}

// For asc --path build/packages: the imports of `simdescent/assembly/lanes` in examples.
await mkdir("build/packages/simdescent/assembly", { recursive: true });
await copyFile("assembly/lanes.ts", "build/packages/simdescent/assembly/lanes.ts");

const declarations = await readFile("build/plain.d.ts", "utf8");
const kernels = [...declarations.matchAll(/export function ((\w+)\((.*)\).*;)/g)];
const named = [...declarations.matchAll(/@returns `(\w+)`\s*\*\/\s*export function (\w+)\(/g)];
const returned = Object.fromEntries(named.map(([, type, name]) => [name, type]));
const engine = (await readdir("assembly/engine")).flatMap((file) => (file.endsWith(".ts") ? file.slice(0, -".ts".length) : []));

/** How threads may share a call of each kernel: `Share` in src/kernels/kernelModule.ts. */
const shares = Object.fromEntries(
  kernels.map(([, , name, parameters]) => {
    const ranged = /^begin: number, end: number,/.test(parameters);
    if (ranged && /, r: number$/.test(parameters)) return [name, "sums"];
    return [name, ranged && [undefined, "i32"].includes(returned[name]) ? "elements" : "whole"];
  }),
);
const modules = {
  engine,
  ...Object.fromEntries(Object.keys(shares).flatMap((name) => (engine.includes(name) ? [] : [[name, [name]]]))),
};
const declare = ([name, of]) => {
  const type = `KernelModule<Pick<Kernels, ${of.map((kernel) => JSON.stringify(kernel)).join(" | ")}>>`;
  const shared = of.map((kernel) => `${kernel}: "${shares[kernel]}"`).join(", ");
  return `export const ${name}: ${type} = { code: code.${name}, shares: { ${shared} } };\n`;
};
/** The comment before the loop of a kernel, as a documentation comment. */
async function describe(name) {
  const file = sources.find((path) => path.endsWith(`/${name}.ts`));
  const [block] = (await readFile(file, "utf8")).match(/^\/\/(.*\n\/\/)*.*/m);
  return `  /**\n${block.replaceAll(/^\/\//gm, "   *")}\n   */\n`;
}
const signatures = await Promise.all(kernels.map(async ([, signature, name]) => `${await describe(name)}  ${signature}\n`));
const scalars = Object.entries(await kernelScalars());
const tuple = (strings) => `readonly [${strings.map((string) => JSON.stringify(string)).join(", ")}]`;
await mkdir("src/kernels", { recursive: true });
await writeFile(
  "src/kernels/generated.ts",
  `import * as code from "#kernels";
import type { KernelModule } from "./kernelModule.js";

/** The kernels of the package. Arguments: range of elements, byte addresses, address of the scalars. */
export interface Kernels {
${signatures.join("")}}

/** The names of each kernel's scalars, in order, without prologue and gains. */
export interface KernelScalars {
${scalars.map(([name, names]) => `  readonly ${name}: ${tuple(names)};\n`).join("")}}

/** The kernels that the engine calls. */
export type EngineKernels = Pick<Kernels, ${engine.map((kernel) => JSON.stringify(kernel)).join(" | ")}>;

/** The names of all kernels. */
export const kernelNames = ${JSON.stringify(Object.keys(shares).join(" "))};

// The engine's module, and one for each other kernel.
${Object.entries(modules).map(declare).join("")}`,
);

const shipped = "dist/kernels";
await mkdir(shipped, { recursive: true });
for (const name of ["plain", "shared"]) await copyFile(`build/${name}.wasm`, `${shipped}/${name}.wasm`);
const whole = await readFile("build/plain.wasm");
const inline = Object.entries(modules).map(([name, of]) => `export const ${name} = ${JSON.stringify(encode(cut(whole, of)))};\n`);
await writeFile(`${shipped}/inline.js`, inline.join(""));
const names = Object.keys(modules);
await writeFile(
  `${shipped}/compiled.js`,
  `import whole from "./plain.wasm";\n${names.map((name) => `export const ${name} = whole;\n`).join("")}`,
);
const declaration = `/** A module for plain memory: encoded as text, or all kernels as a module of the platform. */\ntype Code = string | WebAssembly.Module;\n`;
const exported = names.map((name) => `export declare const ${name}: Code;\n`).join("");
for (const form of ["inline", "compiled"]) await writeFile(`${shipped}/${form}.d.ts`, `${declaration}${exported}`);
// On platforms that compile .wasm files, an import gives a module.
await writeFile(`${shipped}/module.d.ts`, "declare const module: WebAssembly.Module;\nexport default module;\n");
