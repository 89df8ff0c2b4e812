import { describe, expect, test } from "vitest";
import { CheckpointError } from "../../src/checkpoints/checkpointError.js";
import { isReadable, readTensor } from "../../src/checkpoints/readTensor.js";
import { toSource } from "../../src/checkpoints/source.js";

/** Reads all bytes of an array as a tensor that begins at an odd byte of its file. */
function convert<A extends Float32Array | Float64Array>(dtype: string, data: ArrayBufferView, into: A): A {
  const bytes = new Uint8Array(data.byteLength + 9);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 9);
  readTensor(toSource(bytes), "a", { dtype, shape: [into.length], begin: 9, end: bytes.length }, into);
  return into;
}

const every = Uint16Array.from({ length: 65_536 }, (_, i) => i);

/** Sign, exponent and fraction of a float of 16 bits, with this number of bits of exponent. */
function parts(half: number, exponentBits: number) {
  const fractionBits = 15 - exponentBits;
  return { negative: half >= 0x8000, exponent: (half & 0x7fff) >> fractionBits, fraction: half % 2 ** fractionBits };
}

/** The value of a float of 16 bits, by the definition of IEEE 754. */
function exactly(half: number, exponentBits: number): number {
  const { negative, exponent, fraction } = parts(half, exponentBits);
  const bias = 2 ** (exponentBits - 1) - 1;
  const part = fraction / 2 ** (15 - exponentBits);
  const last = 2 ** exponentBits - 1;
  const size =
    exponent === last
      ? fraction > 0
        ? Number.NaN
        : Number.POSITIVE_INFINITY
      : exponent === 0
        ? part * 2 ** (1 - bias)
        : (1 + part) * 2 ** (exponent - bias);
  return negative ? -size : size;
}

describe.each([
  ["F16", 5],
  ["BF16", 8],
])("%s", (dtype, exponentBits) => {
  test.each([Float32Array, Float64Array])("all 65,536 values are exact, in %s", (Floats) => {
    const values = [...convert(dtype, every, new Floats(every.length))];
    expect(values.every((value, i) => Object.is(value, exactly(i, exponentBits)))).toBe(true);
  });

  test("NaN keeps its sign and its fraction", () => {
    const bits = new Uint32Array(convert(dtype, every, new Float32Array(every.length)).buffer);
    const fractionBits = 15 - exponentBits;
    let count = 0;
    for (const half of every) {
      const { negative, fraction } = parts(half, exponentBits);
      if (!Number.isNaN(exactly(half, exponentBits))) continue;
      expect(bits[half]).toBe((negative ? 0xff800000 : 0x7f800000) + fraction * 2 ** (23 - fractionBits));
      count++;
    }
    expect(count).toBe(2 * (2 ** fractionBits - 1));
  });
});

describe("F32 and F64", () => {
  const bits = Uint32Array.of(0x7f812345, 0xffc00001, 0x80000000, 1, 0x7f800000, 0x3f800001);
  const doubles = Float64Array.of(0.1, -0, 5e-324, 1e308, -Infinity, 1 + 2 ** -24 + 2 ** -52);

  test("F32 keeps its bits, also of NaN", () => {
    expect([...new Uint32Array(convert("F32", bits, new Float32Array(6)).buffer)]).toEqual([...bits]);
  });
  test("F64 keeps its bits", () => {
    expect([...convert("F64", doubles, new Float64Array(6))]).toEqual([...doubles]);
  });
  test("F32 becomes F64 exactly", () => {
    expect([...convert("F32", bits, new Float64Array(6))]).toEqual([...new Float32Array(bits.buffer)]);
  });
  test("F64 is rounded to F32", () => {
    expect([...convert("F64", doubles, new Float32Array(6))]).toEqual([...doubles].map(Math.fround));
  });

  test.each(["F32", "F64"])("%s is converted in chunks, of which the last is smaller", (dtype) => {
    const length = 50_001;
    const numbers = Float64Array.from({ length }, (_, i) => i);
    const [data, into] =
      dtype === "F64" ? [numbers, new Float32Array(length)] : [Float32Array.from(numbers), new Float64Array(length)];
    expect([...convert(dtype, data, into)]).toEqual([...numbers]);
  });
});

test("reads into part of a memory, also of a shared one, and nothing around it", () => {
  for (const buffer of [new ArrayBuffer(32), new SharedArrayBuffer(32)]) {
    new Uint8Array(buffer).fill(7);
    convert("F32", Float32Array.of(1, 2), new Float32Array(buffer, 8, 2));
    convert("F16", Uint16Array.of(0x4200), new Float32Array(buffer, 20, 1));
    const seven = new Float32Array(Uint8Array.of(7, 7, 7, 7).buffer)[0];
    expect([...new Float32Array(buffer)]).toEqual([seven, seven, 1, 2, seven, 3, seven, seven]);
  }
});

test("empty tensors are not read", () => {
  const source = { size: 0, read: () => expect.fail("read") };
  for (const dtype of ["F32", "F16"]) readTensor(source, "a", { dtype, shape: [0], begin: 0, end: 0 }, new Float32Array());
});

test("no piece has more than 16 MiB, and the pieces follow each other", () => {
  const length = 5 * 2 ** 20;
  const begin = 3;
  const into = new Float32Array(length);
  const asked: number[][] = [];
  const source = { size: 2 ** 40, read: (piece: Uint8Array, at: number) => asked.push([at, piece.byteOffset, piece.length]) };
  readTensor(source, "a", { dtype: "F32", shape: [length], begin, end: begin + 4 * length }, into);
  expect(asked).toEqual([
    [begin, 0, 2 ** 24],
    [begin + 2 ** 24, 2 ** 24, 2 ** 22],
  ]);
});

test.each(["I64", "BOOL", "F8_E4M3", "C64"])("%s is refused, and nothing is written", (dtype) => {
  expect(isReadable(dtype)).toBe(false);
  const into = Float32Array.of(5);
  expect(() => convert(dtype, new Float64Array(1), into)).toThrow(
    new CheckpointError("format", [`checkpoint: tensor "a" expected dtype F32, F64, F16 or BF16, got "${dtype}"`]),
  );
  expect([...into]).toEqual([5]);
});

test("an array of another length is refused", () => {
  const into = Float32Array.of(5, 5);
  for (const length of [1, 3]) {
    const message = `checkpoint: tensor "a" expected 2 elements, got ${length}`;
    expect(() => convert("F16", new Uint16Array(length), into)).toThrow(new CheckpointError("shapes", [message]));
    expect(() => convert("F32", new Float32Array(length), into)).toThrow(new CheckpointError("shapes", [message]));
  }
  expect([...into]).toEqual([5, 5]);
  for (const dtype of ["F32", "F64", "F16", "BF16"]) expect(isReadable(dtype)).toBe(true);
});
