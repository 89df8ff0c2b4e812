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

const declarations = await readFile("build/plain.d.ts", "utf8");
const kernels = [...declarations.matchAll(/export function (.*;)/g)].map(([, signature]) => `  ${signature}\n`);
const base64 = (await readFile("build/plain.wasm")).toString("base64");
await mkdir("src/generated", { recursive: true });
await writeFile(
  generated,
  `/** The exports of the compiled module: a range of elements, byte addresses, scalars. */
export interface Kernels {
${kernels.join("")}}

/** assembly/ compiled for plain memory, in base64. */
export const plain = "${base64}";
`,
);
