import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { pieceSize, pieces, readBytes, toSource } from "../../src/checkpoints/source.js";

describe("toSource", () => {
  test.each([
    ["a Uint8Array", Uint8Array.of(9, 8, 7, 6)],
    ["a view", Uint8Array.of(0, 9, 8, 7, 6, 0).subarray(1, 5)],
    ["a Buffer", Buffer.from([9, 8, 7, 6])],
    ["an array of another realm", runInNewContext("Uint8Array.of(9, 8, 7, 6)") as Uint8Array],
  ])("%s becomes a source", (_, bytes) => {
    const source = toSource(bytes);
    expect(source.size).toBe(4);
    const into = new Uint8Array(2);
    source.read(into, 1);
    expect([...into]).toEqual([8, 7]);
  });

  test("a source stays as it is", () => {
    const source = { size: 1, read: () => {} };
    expect(toSource(source)).toBe(source);
  });

  test.each([
    ["a path", "a.safetensors"],
    ["nothing", undefined],
    ["null", null],
    ["an ArrayBuffer", new ArrayBuffer(8)],
    ["a Float32Array", new Float32Array(8)],
    ["an object without read()", { size: 8 }],
  ])("%s is refused", (_, value) => {
    expect(() => toSource(value as never)).toThrow(TypeError);
    expect(() => toSource(value as never)).toThrow(
      /^checkpoint: the file expected a Uint8Array, or a Source with size and read\(\), got /,
    );
  });
});

test("pieces cover the bytes of a view once, in order", () => {
  const view = new Uint8Array(new ArrayBuffer(2 * pieceSize + 20), 10, 2 * pieceSize + 5);
  expect([...pieces(view)].map(({ byteOffset, length }) => [byteOffset, length])).toEqual([
    [10, pieceSize],
    [10 + pieceSize, pieceSize],
    [10 + 2 * pieceSize, 5],
  ]);
  expect([...pieces(new Float32Array())]).toEqual([]);
});

test("readBytes asks for one piece after another", () => {
  const asked: number[][] = [];
  const into = new Float64Array(pieceSize / 8 + 1);
  readBytes({ size: 2 ** 33, read: (piece, at) => asked.push([at, piece.length]) }, into, 2 ** 32 + 1);
  expect(asked).toEqual([
    [2 ** 32 + 1, pieceSize],
    [2 ** 32 + 1 + pieceSize, 8],
  ]);
});
