// What the library safetensors says of files, and files of its own: test/golden/safetensors_golden.ts.
import { inflateSync } from "node:zlib";
import { readGolden } from "./golden.js";

interface Golden {
  readonly version: string;
  /** In base64. */
  readonly files: Readonly<Record<"floats" | "halves" | "plain" | "nothing", string>>;
  /** The digest of a case; 0 if the library refuses it. */
  readonly cases: Readonly<Record<string, number>>;
  /** Digests of the file `floats` with one bit of its header flipped. */
  readonly flips: string;
  readonly mutants: { readonly count: number; readonly taken: string; readonly digests: string };
}

const golden = readGolden<Golden>("safetensors");
const unpack = (text: string): Uint8Array => inflateSync(Buffer.from(text, "base64"));

export const { cases: digests } = golden;

export const libraryFile = (name: keyof Golden["files"]) => Uint8Array.from(Buffer.from(golden.files[name], "base64"));

export const flips = unpack(golden.flips);

/** For every mutant, a bit that is set if the library takes it; for the first ones, their digests. */
export const mutants = {
  count: golden.mutants.count,
  taken: unpack(golden.mutants.taken),
  digests: unpack(golden.mutants.digests),
};
