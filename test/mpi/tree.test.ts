import { describe, expect, test } from "vitest";
import { alone, type Numbers, type Transport } from "../../src/mpi/transport.js";
import { BlockSum, RankSum, slicesOf, treeSum } from "../../src/mpi/tree.js";
import { random as randomNumbers } from "../support/random.js";

const source = randomNumbers(1);
const random = () => source.next().value;
const { fround } = Math;

/** The sum of eight numbers in the order of the documentation. */
const ofEight = ([a, b, c, d, e, f, g, h]: number[], round: (x: number) => number) => {
  const add = (x = 0, y = 0) => round(x + y);
  return add(add(add(a, b), add(c, d)), add(add(e, f), add(g, h)));
};

describe("treeSum", () => {
  test("adds neighbors, then sums of neighbors", () => {
    const numbers = Array.from({ length: 8 }, () => random() * 10 ** (16 * random()));
    expect(treeSum(numbers)).toBe(ofEight(numbers, (x) => x));
    expect(treeSum(numbers)).not.toBe(numbers.reduce((a, b) => a + b));
  });

  test("of no number is 0, of one is the number", () => {
    expect(treeSum([])).toBe(0);
    expect(treeSum([3])).toBe(3);
  });

  test("of whole subtrees is the sum of all", () => {
    const numbers = Array.from({ length: 16 }, () => random() * 10 ** (16 * random()));
    for (const ranks of [2, 4, 8, 16]) {
      const parts = Array.from({ length: ranks }, (_, i) => treeSum(numbers.slice((i * 16) / ranks, ((i + 1) * 16) / ranks)));
      expect(treeSum(parts)).toBe(treeSum(numbers));
    }
  });
});

test.each([
  [10, 4, [2, 3, 2, 3]],
  [3, 4, [0, 1, 1, 1]],
  [0, 2, [0, 0]],
])("%i numbers in slices for %i ranks", (length, ranks, counts) => {
  const { counts: found, offsets } = slicesOf(length, ranks);
  expect([...found]).toEqual(counts);
  expect([...offsets]).toEqual(counts.map((_, i) => counts.slice(0, i).reduce((a, b) => a + b, 0)));
});

describe("BlockSum", () => {
  const lengths = [5, 1, 16];
  const length = 22;
  /** The gradients of a block, by array. */
  const block = () => lengths.map((length) => Float32Array.from({ length }, () => random() * 10 ** (8 * random() - 4)));
  const add = (from: Numbers, into: Numbers) => alone.add(from, into);
  const flat = (arrays: Float32Array[]) => arrays.flatMap((array) => [...array]);

  test("adds blocks in the order of the tree, and clears the arrays", () => {
    const blocks = Array.from({ length: 8 }, block);
    const wanted = Array.from({ length }, (_, j) =>
      ofEight(
        blocks.map((arrays) => flat(arrays)[j] as number),
        fround,
      ),
    );
    const sum = new BlockSum(8, add);
    for (let again = 0; again < 2; again++) {
      for (const [i, arrays] of blocks.entries()) {
        const taken = arrays.map((array) => array.slice());
        sum.take(taken);
        expect(flat(taken)).toEqual(i < 7 ? wanted.map(() => 0) : wanted);
        expect(sum.blocks).toBe(i + 1);
      }
      sum.clear();
    }
  });

  test("one block keeps its bits", () => {
    const array = Float32Array.of(0.1, -0, 1e-40);
    new BlockSum(1, add).take([array]);
    expect([...array]).toEqual([fround(0.1), -0, fround(1e-40)]);
  });

  test.each([2, 4, 8])("of %i blocks, one has examples: the others count as zeros", (count) => {
    for (let place = 0; place < count; place++) {
      const sum = new BlockSum(count, add);
      const arrays = [Float32Array.of(-0, 2), Float32Array.of(3)];
      // The gradient may be there before the empty blocks are taken.
      for (let i = 0; i < count; i++) i === place ? sum.take(arrays) : sum.takeEmpty(arrays);
      expect(flat(arrays)).toEqual([0, 2, 3]); // not -0
    }
  });

  test("every pattern of empty blocks", () => {
    for (let pattern = 0; pattern < 256; pattern++) {
      const numbers = Array.from({ length: 8 }, (_, i) => (pattern & (1 << i) ? fround(random() * 10 ** (8 * random())) : 0));
      const sum = new BlockSum(8, add);
      const array = new Float32Array(1);
      for (const number of numbers) {
        if (number === 0) sum.takeEmpty([array]);
        else sum.take([array.fill(number)]);
      }
      expect(array[0]).toBe(ofEight(numbers, fround));
    }
  });

  test("a gradient that is not finite stays so", () => {
    const sum = new BlockSum(2, add);
    const last = Float32Array.of(1, 1);
    sum.take([Float32Array.of(Number.NaN, Infinity)]);
    sum.take([last]);
    expect([...last]).toEqual([Number.NaN, Infinity]);
  });
});

/** Runs `call` for each rank; the ranks meet in turns, as their data is all here. */
function sumOverRanks<A extends Numbers>(arrays: A[]): void {
  // Each rank's exchange needs the arrays of all before any gather changes them, so gathers wait.
  const ranks = arrays.length;
  const before = arrays.map((array) => array.slice() as A);
  const slices: A[][] = arrays.map(() => []);
  for (const [rank, array] of arrays.entries()) {
    let at = 0;
    const transport: Transport = {
      ...alone,
      rank,
      ranks,
      exchange(from, counts, offsets, into, length) {
        expect(counts[rank]).toBe(length);
        const begin = at + (offsets[rank] as number);
        into.fill(Number.NaN);
        for (const [i, sent] of before.entries()) if (i !== rank) into.set(sent.subarray(begin, begin + length), i * length);
        at += from.length;
      },
      gather(part, counts, offsets) {
        const begin = offsets[rank] as number;
        slices[rank]?.push((part as A).slice(begin, begin + (counts[rank] as number)) as A);
      },
    };
    new RankSum(transport).sum(array);
  }
  // What the gathers would have done.
  const parts = slices[0]?.length ?? 0;
  const all = Array.from({ length: parts }, (_, part) => slices.flatMap((own) => [...(own[part] as A)])).flat();
  for (const array of arrays) array.set(all);
}

describe("RankSum", () => {
  test.each([Float32Array, Float64Array])("adds in the order of the tree: %o", (Kind) => {
    const round = Kind === Float32Array ? fround : (x: number) => x;
    for (const length of [1, 7, 100]) {
      const arrays = Array.from({ length: 8 }, () => new Kind(length));
      for (const array of arrays) for (let i = 0; i < length; i++) array[i] = random() * 10 ** (8 * random());
      const wanted = Array.from({ length }, (_, j) =>
        ofEight(
          arrays.map((array) => array[j] as number),
          round,
        ),
      );
      sumOverRanks(arrays);
      for (const array of arrays) expect([...array]).toEqual(wanted);
    }
  });

  test("an array of more numbers than it adds at a time", () => {
    const length = 2 ** 20 + 3;
    const arrays = [1, 2].map((rank) => Float32Array.from({ length }, (_, i) => rank * (i % 1000)));
    sumOverRanks(arrays);
    for (const array of arrays) expect(array.findIndex((x, i) => x !== 3 * (i % 1000))).toBe(-1);
  });
});
