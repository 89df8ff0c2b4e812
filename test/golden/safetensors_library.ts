// Asks the library safetensors, through safetensors_library.py.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("safetensors_library.py", import.meta.url));

/** The version of the library, and files of its own in base64. */
export const libraryFiles = (): Record<string, string> =>
  JSON.parse(execFileSync("python3", [program, "files"], { encoding: "utf8" }));

/** A process that judges files. */
export function library() {
  const child = spawn("python3", [program, "judge"], { stdio: ["pipe", "pipe", "inherit"] });
  const verdicts = child.stdout[Symbol.asyncIterator]();
  return {
    /** For each file 0, or the digest of its tensors. */
    async judge(files: readonly Uint8Array[]): Promise<number[]> {
      const prefix = (number: number) => new Uint8Array(Uint32Array.of(number).buffer);
      const batch = Buffer.concat([prefix(files.length), ...files.flatMap((file) => [prefix(file.length), file])]);
      if (!child.stdin.write(batch)) await once(child.stdin, "drain");
      const found: number[] = [];
      while (found.length < files.length) {
        const { value, done } = await verdicts.next();
        if (done) throw new Error("safetensors_library.py ended");
        found.push(...(value as Buffer));
      }
      return found;
    },
    end: () => child.stdin.end(),
  };
}
