import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CheckpointError } from "../../src/checkpoints/checkpointError.js";
import { readSafetensors } from "../../src/checkpoints/readSafetensors.js";
import { readTensor } from "../../src/checkpoints/readTensor.js";
import { toSource } from "../../src/checkpoints/source.js";
import { type TensorEntry, writeSafetensors } from "../../src/checkpoints/writeSafetensors.js";
import { libraryFile } from "../support/safetensorsGolden.js";

function write(tensors: readonly TensorEntry[], metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const pieces: number[] = [];
  const size = writeSafetensors(tensors, new Map(Object.entries(metadata)), (piece) => pieces.push(...piece));
  expect(size).toBe(pieces.length);
  return Uint8Array.from(pieces);
}

const floats = (...values: number[]) => Float32Array.from(values);
const entry = (name: string, shape: readonly number[], data: Float32Array | Float64Array): TensorEntry => ({ name, shape, data });

/** The tensors of the library's file `floats`: safetensors_library.py. */
const tensors = [
  entry("weight", [2, 3], floats(0, -0, 1.5, -2.25, 3e38, 1e-45)),
  entry("nan", [2], new Float32Array(Uint32Array.of(0x7f812345, 0xff800000).buffer)),
  entry("10", [], floats(10)),
  entry("2", [1], floats(2)),
  entry("", [3, 0, 5], floats()),
  entry("__proto__", [0], floats()),
  entry('é "\\\n\u007f\u2028', [1, 1], floats(-1)),
  entry("carry", [2], Float64Array.of(0.1, -0)),
  entry("a", [], Float64Array.of(1e-300)),
];

describe("the bytes are those of the library's writer", () => {
  test("many names and shapes, both types, metadata", () => {
    expect(write(tensors, { format: "pt" })).toEqual(libraryFile("floats"));
  });
  test("whatever the order of the tensors", () => {
    expect(write([...tensors].reverse(), { format: "pt" })).toEqual(libraryFile("floats"));
  });
  test("no metadata", () => expect(write([entry("a", [1], floats(1))])).toEqual(libraryFile("plain")));
  test("nothing", () => expect(write([])).toEqual(libraryFile("nothing")));
});

const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  fc.constantFrom("10", "__proto__", "", "constructor"),
);
const tensor = fc.tuple(text, fc.array(fc.nat(3), { maxLength: 3 }), fc.boolean()).map(([name, shape, wide]): TensorEntry => {
  const length = shape.reduce((a, b) => a * b, 1);
  const bytes = Uint8Array.from({ length: (wide ? 8 : 4) * length }, (_, i) => 37 * i + name.length);
  return { name, shape, data: wide ? new Float64Array(bytes.buffer) : new Float32Array(bytes.buffer) };
});
const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => [...new Uint8Array(buffer, byteOffset, byteLength)];

test("our reader reads what was written, bit for bit", () => {
  const metadata = fc.array(fc.tuple(text, text), { maxLength: 3 }).map((pairs) => new Map(pairs));
  const unique = fc.uniqueArray(tensor, { maxLength: 8, selector: ({ name }) => name });
  fc.assert(
    fc.property(unique, metadata, (tensors, metadata) => {
      const pieces: number[] = [];
      writeSafetensors(tensors, metadata, (piece) => pieces.push(...piece));
      const source = toSource(Uint8Array.from(pieces));
      const header = readSafetensors(source);
      expect(header.metadata).toEqual(metadata);
      expect(header.tensors.size).toBe(tensors.length);
      for (const { name, shape, data } of tensors) {
        const stored = header.tensors.get(name);
        expect(stored?.shape).toEqual(shape);
        expect((stored?.begin ?? 1) % data.BYTES_PER_ELEMENT).toBe(0);
        const found = data.slice().fill(0);
        readTensor(source, name, stored as NonNullable<typeof stored>, found);
        expect(bytesOf(found)).toEqual(bytesOf(data));
      }
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("pieces are views of the tensors' memory, of 16 MiB at most, also of a shared one", () => {
  const length = 5 * 2 ** 20;
  const { buffer } = new WebAssembly.Memory({ initial: 400, maximum: 400, shared: true });
  const data = new Float32Array(buffer, 1024, length);
  const pieces: Uint8Array[] = [];
  const size = writeSafetensors([entry("a", [length], data), entry("b", [0], floats())], new Map(), (piece) =>
    pieces.push(piece),
  );
  expect(size).toBe(pieces.reduce((sum, piece) => sum + piece.length, 0));
  expect(pieces.slice(1).map(({ buffer, byteOffset, length }) => [buffer, byteOffset, length])).toEqual([
    [data.buffer, 1024, 2 ** 24],
    [data.buffer, 1024 + 2 ** 24, 2 ** 22],
  ]);
});

test("a header above 16 MiB is written in pieces, too", () => {
  const lengths: number[] = [];
  writeSafetensors([], new Map([["a", "x".repeat(2 ** 24)]]), ({ length }) => lengths.push(length));
  expect(lengths[0]).toBe(2 ** 24);
  expect(lengths.length).toBe(2);
});

describe("what cannot be saved is refused before the first piece", () => {
  const a = entry("a", [1], floats(1));
  test.each<[string, TensorEntry[], Record<string, string>, CheckpointError["reason"], RegExp]>([
    ["a name twice", [a, a], {}, "names", /expected each name once, and none of its own, got "a"$/],
    ["a name twice, of two types", [a, entry("a", [1], Float64Array.of(1))], {}, "names", /got "a"$/],
    ["the name of the metadata", [entry("__metadata__", [1], floats(1))], {}, "names", /got "__metadata__"$/],
    ["half a pair of surrogates in a name", [entry("x\ud800", [1], floats(1))], {}, "names", /whole characters, got "x\\ud800"$/],
    ["half a pair of surrogates in a key", [a], { "\udc00": "" }, "names", /whole characters/],
    ["half a pair of surrogates in a value", [a], { k: "\ud83d" }, "names", /whole characters/],
    [
      "another shape",
      [entry("a", [2, 2], floats(1, 2, 3))],
      {},
      "shapes",
      /tensor "a" expected a shape of 3 elements, got \[2, 2\]$/,
    ],
    [
      "a header above 100 MB",
      [a],
      { k: "x".repeat(1e8) },
      "format",
      /the header expected at most 100000000 bytes, got 1000000\d\d$/,
    ],
  ])("%s", (_, tensors, metadata, reason, message) => {
    let written = 0;
    const save = () => writeSafetensors(tensors, new Map(Object.entries(metadata)), () => written++);
    expect(save).toThrow(CheckpointError);
    expect(save).toThrow(expect.objectContaining({ reason, message: expect.stringMatching(message) }));
    expect(written).toBe(0);
  });
});
