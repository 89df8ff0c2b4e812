import { describe, expect, test } from "vitest";
import { CheckpointError } from "../../src/checkpoints/checkpointError.js";
import { readSafetensors } from "../../src/checkpoints/readSafetensors.js";
import { type Source, toSource } from "../../src/checkpoints/source.js";
import { file, flipped, stored } from "../support/safetensors.js";
import { cases } from "../support/safetensorsCases.js";
import { digests, flips, libraryFile } from "../support/safetensorsGolden.js";
import { causes, judge } from "../support/safetensorsVerdict.js";

const read = (bytes: Uint8Array) => readSafetensors(toSource(bytes));

function errorOf(bytes: Uint8Array): CheckpointError {
  try {
    read(bytes);
  } catch (error) {
    if (error instanceof CheckpointError) return error;
    throw error;
  }
  throw new Error("no error");
}

describe("files by hand", () => {
  test("the verdicts are those of the library", () => {
    expect(Object.fromEntries(cases.map(({ name, library }) => [name, library]))).toEqual(
      Object.fromEntries(Object.entries(digests).map(([name, digest]) => [name, digest > 0])),
    );
  });

  test.each(cases.filter(({ library, refused }) => library && !refused))("taken: $name", ({ name, bytes }) => {
    expect(judge(bytes())).toBe(digests[name]);
  });

  test.each(cases.filter(({ library }) => !library))("refused: $name", ({ bytes }) => {
    expect(judge(bytes())).toBeTypeOf("string");
    expect(errorOf(bytes()).message).toMatch(/^checkpoint: (the file|the header|the header at byte \d+|tensor ".*") expected ./);
  });

  test.each(cases.filter(({ refused }) => refused))("refused on purpose: $name", ({ bytes, refused }) => {
    expect(judge(bytes())).toBe(refused);
  });

  test("every cause has a case", () => {
    expect(new Set(cases.flatMap(({ refused }) => refused ?? []))).toEqual(new Set(Object.keys(causes)));
  });
});

describe("files of the library", () => {
  test("names, types, shapes and metadata", () => {
    const { tensors, metadata } = read(libraryFile("floats"));
    const shapes = [...tensors].map(([name, { dtype, shape }]) => [name, dtype, shape]);
    expect(shapes).toEqual([
      ["a", "F64", []],
      ["carry", "F64", [2]],
      ["", "F32", [3, 0, 5]],
      ["10", "F32", []],
      ["2", "F32", [1]],
      ["__proto__", "F32", [0]],
      ["nan", "F32", [2]],
      ["weight", "F32", [2, 3]],
      ['é "\\\n\u007f\u2028', "F32", [1, 1]],
    ]);
    expect([...metadata]).toEqual([["format", "pt"]]);
  });

  test("types that we do not write, and letters other than ASCII in the metadata", () => {
    const { tensors, metadata } = read(libraryFile("halves"));
    expect([...tensors].map(([name, { dtype, begin, end }]) => [name, dtype, end - begin])).toEqual([
      ["i64", "I64", 8],
      ["bf16", "BF16", 4],
      ["f16", "F16", 8],
      ["bytes", "U8", 3],
    ]);
    expect([...metadata]).toEqual([["kéy", "välue"]]);
  });

  test("no metadata, no tensors", () => {
    expect([...read(libraryFile("plain")).metadata]).toEqual([]);
    expect(read(libraryFile("nothing"))).toEqual({ tensors: new Map(), metadata: new Map() });
  });
});

describe("damaged files", () => {
  test("a file truncated at any byte is refused", () => {
    const bytes = libraryFile("floats");
    for (let length = 0; length < bytes.length; length++) expect(errorOf(bytes.slice(0, length)).reason).toBe("format");
  });

  test("with a bit of the header flipped, a file is refused, or has the tensors that the library finds", () => {
    const files = [...flipped(libraryFile("floats"))];
    expect(files.length).toBe(flips.length);
    const ours = files.map(judge);
    for (const [i, verdict] of ours.entries()) if (typeof verdict === "number") expect(verdict, `bit ${i}`).toBe(flips[i]);
    expect(ours.filter((verdict) => verdict === "format").length).toBeGreaterThan(2000);
    expect(ours.filter((verdict) => typeof verdict === "number").length).toBeGreaterThan(200);
  });
});

describe("messages", () => {
  const good = stored("F32", "[1]", 0, 4);
  test.each([
    [file('{"é": 1}', 0), 'checkpoint: the header at byte 15 expected "{", got "1}"'],
    [file("{}", 0, 99), "checkpoint: the header expected at most 2 bytes, got 99"],
    [new Uint8Array(3), "checkpoint: the file expected at least 8 bytes, got 3"],
    [file(`{"a":${good}`, 4), 'checkpoint: the header at byte 61 expected "," or "}", got ""'],
    [
      file(`{"a":${good},"a":${good}}`, 4),
      `checkpoint: the header at byte 62 expected each name once, got "\\"a\\":{\\"dtype\\":\\"F32\\"`,
    ],
    [file(`{"a":${stored("F31", "[1]", 0, 4)}}`, 4), 'checkpoint: tensor "a" expected a type of the format, got "F31"'],
    [file(`{"a":${stored("F32", "[2,3]", 0, 4)}}`, 4), 'checkpoint: tensor "a" expected 24 bytes of data, got 4'],
    [file(`{"a":${stored("F32", "[1]", 8, 12)}}`, 12), 'checkpoint: tensor "a" expected data_offsets from 0, got 8'],
    [file(`{"a":${stored("F32", "[4e9]", 0, 4)}}`, 4), 'checkpoint: the header at byte 38 expected "," or "]", got "e9],'],
    [
      file('{"a":{"dtype":"F32","shape":[1]}}'),
      'checkpoint: tensor "a" expected dtype, shape and two data_offsets, got ["F32", [1], undefined]',
    ],
    [file(`{"a":${good}}`, 9), "checkpoint: the file expected 66 bytes, got 71"],
  ])("%#", (bytes, message) => {
    expect(errorOf(bytes).message.slice(0, message.length)).toBe(message);
    expect(errorOf(bytes).details).toEqual([errorOf(bytes).message]);
  });
});

describe("sources", () => {
  /** A file of this size whose header alone exists. */
  function sparse(bytes: Uint8Array, size: number): Source & { reads: number } {
    return {
      size,
      reads: 0,
      read(into, at) {
        if (at + into.length > bytes.length) throw new Error("read beyond the header");
        this.reads += into.length;
        into.set(bytes.subarray(at, at + into.length));
      },
    };
  }

  test("a file of 5 GiB is read by its header alone", () => {
    const half = 2.5 * 2 ** 30;
    const bytes = file(`{"a":${stored("F32", `[${half / 4}]`, 0, half)},"b":${stored("U8", `[5,${half / 5}]`, half, 2 * half)}}`);
    const source = sparse(bytes, bytes.length + 2 * half);
    const { tensors } = readSafetensors(source);
    expect(tensors.get("b")).toEqual({
      dtype: "U8",
      shape: [5, half / 5],
      begin: bytes.length + half,
      end: bytes.length + 2 * half,
    });
    expect(source.reads).toBe(bytes.length);
    expect(() => readSafetensors(sparse(bytes, bytes.length + 2 * half - 1))).toThrow(CheckpointError);
  });

  test("the error of read() comes through", () => {
    const error = new Error("EIO");
    const read = () => {
      throw error;
    };
    expect(() => readSafetensors({ size: 100, read })).toThrow(error);
  });

  test("a size that is no number is refused", () => {
    for (const bytes of [file("{}"), file("{}", 0, 2n ** 40n)]) {
      for (const size of [Number.NaN, undefined, "x"]) {
        expect(() => readSafetensors(sparse(bytes, size as number))).toThrow(CheckpointError);
      }
    }
  });

  test("a file in shared memory", () => {
    const bytes = libraryFile("floats");
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 3), 3);
    shared.set(bytes);
    expect(read(shared)).toEqual(read(bytes));
  });

  test("120,000 tensors", () => {
    const count = 120_000;
    const entries = Array.from({ length: count }, (_, i) => `"layers.${i}.weight":${stored("F32", "[1]", 4 * i, 4 * i + 4)}`);
    expect(read(file(`{${entries.join()}}`, new Uint8Array(4 * count))).tensors.size).toBe(count);
  });

  test("numbers, strings and space of 10^7 characters", () => {
    const long = 10_000_000;
    expect(judge(file(`{"a":${stored("F32", `[${"1".repeat(long)}]`, 0, 4)}}`, 4))).toBe("2^53 or more");
    expect(read(file(`{"__metadata__":{"a":"${"\\\\".repeat(long / 2)}"}${" ".repeat(long)}}`)).metadata.get("a")?.length).toBe(
      long / 2,
    );
  });
});
