// Modules of kernels, compiled from AssemblyScript as an author compiles them.
import { readFileSync } from "node:fs";
import asc from "assemblyscript/asc";

const { options: shipped } = JSON.parse(readFileSync(new URL("../../assembly/asconfig.json", import.meta.url), "utf8"));
const packages = new URL("../../build/packages", import.meta.url).pathname;

/** The bytes of a module, compiled with the package's options and others. */
export async function compileKernels(source: string, options: object = {}): Promise<Uint8Array<ArrayBuffer>> {
  const texts: Record<string, string> = {
    "kernels.ts": source,
    "asconfig.json": JSON.stringify({ options: { ...shipped, path: packages, ...options } }),
  };
  let bytes: Uint8Array | undefined;
  const { error, stderr } = await asc.main(["kernels.ts", "--outFile", "kernels.wasm"], {
    readFile: (name) => texts[name] ?? readIf(name),
    writeFile: (_, contents) => {
      bytes = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error || !bytes) throw new Error(`asc: ${stderr.toString() || error}`);
  return Uint8Array.from(bytes);
}

function readIf(name: string): string | null {
  try {
    return readFileSync(name, "utf8");
  } catch {
    return null;
  }
}
