// Compiles the targets of asconfig.json into build/. Copies the modules to dist/kernels/ and writes both forms of "#kernels" there (see
// package.json). Writes the types of the exports to src/kernels/generated.ts. A warning of the compiler fails the build.
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import asc from "assemblyscript/asc";
import { kernelScalars } from "./scalars.mjs";

const { targets } = JSON.parse(await readFile("asconfig.json", "utf8"));

const changed = async (file) => (await stat(file).catch(() => ({ mtimeMs: 0 }))).mtimeMs;
const sources = (await readdir("assembly", { recursive: true })).map((file) => `assembly/${file}`);
const newest = Math.max(...(await Promise.all(["asconfig.json", "package-lock.json", ...sources].map(changed))));
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

// The kernels use no atomics. The module for shared memory differs only in the import of the memory.
const [plain, shared] = await Promise.all(["plain", "shared"].map((name) => readFile(`build/${name}.wasm`)));
let begin = 0;
while (plain[begin] === shared[begin]) begin++;
let after = 0;
while (plain.at(-1 - after) === shared.at(-1 - after)) after++;
const end = plain.length - after;
if (end - begin > 32)
  throw new Error("the module for shared memory differs from the plain one in more than the import of the memory");
const sharedImport = JSON.stringify({ begin, end, bytes: [...shared.subarray(begin, shared.length - after)] });

const declarations = await readFile("build/plain.d.ts", "utf8");
const kernels = [...declarations.matchAll(/export function (.*;)/g)].map(([, signature]) => `  ${signature}\n`);
const names = [...declarations.matchAll(/@returns `(\w+)`\s*\*\/\s*export function (\w+)\(/g)];
const returned = Object.fromEntries(names.map(([, type, name]) => [name, type]));
/** How threads may share a call of the kernel with this signature. */
function share(signature) {
  const [, name, parameters] = signature.match(/(\w+)\((.*)\)/);
  const ranged = /^begin: number, end: number,/.test(parameters);
  if (ranged && /, r: number$/.test(parameters)) return `  ${name}: "sums",\n`;
  return `  ${name}: ${ranged && [undefined, "i32"].includes(returned[name]) ? '"elements"' : "undefined"},\n`;
}
const scalars = Object.entries(await kernelScalars());
const tuple = (strings) => `readonly [${strings.map((string) => JSON.stringify(string)).join(", ")}]`;
await mkdir("src/kernels", { recursive: true });
await writeFile(
  "src/kernels/generated.ts",
  `/** The exports of the compiled module. Arguments: range of elements, byte addresses, address of the scalars. */
export interface Kernels {
${kernels.join("")}}

/** The names of each kernel's scalars, in order, without prologue and gains. */
export interface KernelScalars {
${scalars.map(([name, names]) => `  readonly ${name}: ${tuple(names)};\n`).join("")}}

/** In the module for shared memory, \`bytes\` replace the bytes begin … end of the plain module. */
export const sharedImport = ${sharedImport};

/**
 * How threads may share a call of each kernel. "elements": by ranges of elements; the call returns 0 if one range does. "sums": by blocks;
 * the last argument is the address of the sum.
 */
export const shares: { readonly [kernel: string]: "elements" | "sums" | undefined } = {
${kernels.map(share).join("")}};
`,
);

/**
 * Encodes the module as text; moduleBytes() in src/kernels/wasm.ts decodes it. A byte becomes the character with code byte + 46 if that
 * lies between "$" and "~"; else a space or "!", then the character 91 or 182 further. Codes are modulo 256. Unlike base64, equal bytes
 * give equal characters, so gzip compresses the text well.
 */
function encode(bytes) {
  const character = (byte) => {
    for (const [prefix, more] of [
      ["", 0],
      [" ", 91],
      ["!", 182],
    ]) {
      const code = (byte + 46 + more) % 256;
      if (code >= 36 && code <= 126) return prefix + String.fromCharCode(code);
    }
  };
  return Array.from(bytes, character).join("");
}

const shipped = "dist/kernels";
await mkdir(shipped, { recursive: true });
for (const name of ["plain", "shared"]) await copyFile(`build/${name}.wasm`, `${shipped}/${name}.wasm`);
await writeFile(`${shipped}/inline.js`, `export const plain = ${JSON.stringify(encode(plain))};\n`);
await writeFile(`${shipped}/compiled.js`, `export { default as plain } from "./plain.wasm";\n`);
const declaration = `/** assembly/ compiled for plain memory: encoded as text, or as a module of the platform. */
export declare const plain: string | WebAssembly.Module;
`;
for (const form of ["inline", "compiled"]) await writeFile(`${shipped}/${form}.d.ts`, declaration);
// On platforms that compile .wasm files, an import gives a module.
await writeFile(`${shipped}/module.d.ts`, "declare const module: WebAssembly.Module;\nexport default module;\n");
