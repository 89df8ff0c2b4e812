// Checkpoints with another header or other tensors.
import type { Header } from "../../src/checkpoints/headerText.js";
import { readSafetensors } from "../../src/checkpoints/readSafetensors.js";
import { toSource } from "../../src/checkpoints/source.js";
import { file, stored } from "./safetensors.js";

/** A tensor and its bytes. */
export interface Part {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** The parts of a file. */
export function partsOf(bytes: Uint8Array): { tensors: Part[]; metadata: Map<string, string> } {
  const { tensors, metadata }: Header = readSafetensors(toSource(bytes));
  const parts = [...tensors].map(([name, { dtype, shape, begin, end }]) => ({
    name,
    dtype,
    shape,
    bytes: bytes.slice(begin, end),
  }));
  return { tensors: parts, metadata };
}

/** A file of parts. */
export function fileOf(tensors: readonly Part[], metadata: ReadonlyMap<string, string> = new Map()): Uint8Array {
  let at = 0;
  const texts = tensors.map(({ name, dtype, shape, bytes }) => {
    const begin = at;
    at += bytes.length;
    return `${JSON.stringify(name)}:${stored(dtype, JSON.stringify(shape), begin, at)}`;
  });
  const about = [...metadata].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  const head = about.length > 0 ? [`"__metadata__":{${about.join()}}`] : [];
  return file(`{${[...head, ...texts].join()}}`, Buffer.concat(tensors.map(({ bytes }) => bytes)));
}

/** A file with other tensors, in the order of the old ones. */
export function withTensors(
  bytes: Uint8Array,
  change: (part: Part) => Part | undefined,
  added: readonly Part[] = [],
): Uint8Array {
  const { tensors, metadata } = partsOf(bytes);
  return fileOf([...tensors.flatMap((part) => change(part) ?? []), ...added], metadata);
}

/** A file with other metadata of ours; undefined removes it. */
export function withMetadata(bytes: Uint8Array, change: (text: string) => string | undefined): Uint8Array {
  const { tensors, metadata } = partsOf(bytes);
  const text = change(metadata.get("simdescent") ?? "");
  const others = [...metadata].filter(([key]) => key !== "simdescent");
  return fileOf(tensors, new Map(text === undefined ? others : [...others, ["simdescent", text]]));
}

/** A tensor of floats of 32 bits. */
export const tensor = (name: string, shape: readonly number[], values: readonly number[]): Part => ({
  name,
  dtype: "F32",
  shape,
  bytes: new Uint8Array(Float32Array.from(values).buffer),
});
