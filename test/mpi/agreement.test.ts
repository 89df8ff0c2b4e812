import { describe, expect, test } from "vitest";
import { differences, gatherTexts, hashOf, hashOfBatch } from "../../src/mpi/agreement.js";
import { alone } from "../../src/mpi/transport.js";

describe("hashes", () => {
  test("are integers of 52 bits", () => {
    for (const text of ["", "a", "0.1", "x".repeat(1000)]) {
      expect(Number.isSafeInteger(hashOf(text))).toBe(true);
      expect(hashOf(text)).toBeLessThan(2 ** 52);
    }
  });

  test("differ for texts and batches that differ", () => {
    const texts = Array.from({ length: 1000 }, (_, i) => String(i));
    expect(new Set(texts.map(hashOf)).size).toBe(1000);
    const lists = [[], [0], [0, 0], [1], [1, 0], [0, 1], [2 ** 32 - 1], ...texts.map((text) => [5, Number(text), 7])];
    expect(new Set(lists.map((list) => hashOfBatch(Uint32Array.from(list)))).size).toBe(lists.length);
  });
});

test("differences between plans say who has what", () => {
  const plan = (lr: string, more: [string, string][] = []) => new Map([["rule", "adam"], ["lr", lr], ...more]);
  const plans = [plan("0.1"), plan("0.2", [["ema", "true"]]), plan("0.1")];
  expect(differences(plans)).toEqual(["lr: 0.1 on ranks 0, 2, 0.2 on rank 1", "ema: nothing on ranks 0, 2, true on rank 1"]);
  expect(differences([plan("0.1"), plan("0.1")])).toEqual([]);
});

test("texts of all ranks", () => {
  const texts = ["a", "", "λ2"].map((text) => new TextEncoder().encode(text));
  const gather = (array: ArrayLike<number>, _: Int32Array, offsets: Int32Array) => {
    for (const [i, text] of texts.entries()) (array as Uint8Array).set(text, offsets[i]);
  };
  const transport = { ...alone, rank: 1, ranks: 3, gather };
  expect(gatherTexts(transport, texts[1] as Uint8Array, [1, 0, 3])).toEqual(["a", "", "λ2"]);
});
