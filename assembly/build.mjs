// Compiles the targets of asconfig.json into build/, and writes src/generated/kernels.ts: the shipped module as base64
// and the type of its exports. A warning of the compiler fails the build.
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import asc from "assemblyscript/asc";

const { targets } = JSON.parse(await readFile("asconfig.json", "utf8"));
const generated = "src/generated/kernels.ts"; // written last

const changed = async (file) => (await stat(file).catch(() => ({ mtimeMs: 0 }))).mtimeMs;
const sources = (await readdir("assembly", { recursive: true })).map((file) => `assembly/${file}`);
const newest = Math.max(...(await Promise.all(["asconfig.json", "package-lock.json", ...sources].map(changed))));
const outputs = [generated, ...Object.values(targets).flatMap(({ outFile, textFile }) => [outFile, textFile])];
if (Math.min(...(await Promise.all(outputs.map(changed)))) > newest) process.exit(0);

for (const target of Object.keys(targets)) {
  const { error, stderr } = await asc.main(["--target", target]);
  const said = stderr.toString().trim();
  if (error || said) {
    console.error(`asc --target ${target}\n${said || error}`);
    process.exit(1);
  }
}

// The kernels use no atomics: for shared memory, only the import of the memory is another one.
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
/** How threads may share a kernel call, which its parameters and its result tell. */
function share(signature) {
  const [, name, parameters] = signature.match(/(\w+)\((.*)\)/);
  if (!/^begin: number, end: number,/.test(parameters)) return undefined;
  if (/, r: number$/.test(parameters)) return `  ${name}: "sums",\n`;
  return [undefined, "i32"].includes(returned[name]) ? `  ${name}: "elements",\n` : undefined;
}
const shares = kernels.map(share).filter((line) => line);
const base64 = plain.toString("base64");
await mkdir("src/generated", { recursive: true });
await writeFile(
  generated,
  `/** The exports of the compiled module: a range of elements, byte addresses, scalars. */
export interface Kernels {
${kernels.join("")}}

/** assembly/ compiled for plain memory, in base64. */
export const plain = "${base64}";

/** What stands in the module for shared memory in place of the bytes begin … end. */
export const sharedImport = ${sharedImport};

/**
 * Kernels whose calls threads may share: those that go element by element (0 from one is 0 from all), and sums of blocks, whose
 * last argument is the address of the sum.
 */
export const shares: { readonly [kernel: string]: "elements" | "sums" | undefined } = {
${shares.join("")}};
`,
);
