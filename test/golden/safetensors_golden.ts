// Writes safetensors.json: which files by hand and which mutants the library safetensors takes, and files of its own.
// How to run it: README.md.
import { writeFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import { flipped } from "../support/safetensors.js";
import { cases } from "../support/safetensorsCases.js";
import { mutant } from "../support/safetensorsMutants.js";
import { library, libraryFiles } from "./safetensors_library.js";

const count = 300_000;
const size = 10_000;

/** Mutants whose digests the file has, and not only whether the library takes them. */
const digested = 20_000;

const pack = (bytes: Uint8Array) => deflateSync(bytes, { level: 9 }).toString("base64");

const { judge, end } = library();
const byHand: Record<string, number> = {};
for (const { name, bytes } of cases) [byHand[name] = 0] = await judge([bytes()]);
const verdicts = new Uint8Array(count);
for (let first = 0; first < count; first += size) {
  verdicts.set(await judge(Array.from({ length: size }, (_, i) => mutant(first + i))), first);
}
const { version, ...files } = libraryFiles();
const flips = Uint8Array.from(await judge([...flipped(Buffer.from(files.floats as string, "base64"))]));
end();

const bits = new Uint8Array(count / 8);
for (const [i, verdict] of verdicts.entries()) if (verdict > 0) bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7));
const mutants = { count, taken: pack(bits), digests: pack(verdicts.subarray(0, digested)) };
const text = JSON.stringify({ version, files, cases: byHand, flips: pack(flips), mutants }, null, 1);
writeFileSync(new URL("safetensors.json", import.meta.url), `${text}\n`);
