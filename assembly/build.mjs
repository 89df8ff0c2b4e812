// Compiles the targets of asconfig.json into build/, and writes src/generated/kernels.ts: the shipped module as base64
// and the type of its exports. A warning of the compiler fails the build.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import asc from "assemblyscript/asc";

const { targets } = JSON.parse(await readFile("asconfig.json", "utf8"));
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
  "src/generated/kernels.ts",
  `/** The exports of the compiled module: a range of elements, byte addresses, scalars. */
export interface Kernels {
${kernels.join("")}}

/** assembly/ compiled for plain memory, in base64. */
export const plain = "${base64}";
`,
);
