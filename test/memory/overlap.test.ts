import { describe, expect, test } from "vitest";
import { adam, sgd } from "../../src/index.js";
import { findOverlap } from "../../src/memory/overlap.js";
import { random } from "../support/random.js";

test("findOverlap finds a pair whenever there is one, of those that may not", () => {
  const source = random(4);
  const below = (most: number) => Math.floor(((source.next().value + 1) / 2) * most);
  const buffers = [undefined, new ArrayBuffer(8), new ArrayBuffer(8)];
  let found = 0;
  for (let round = 0; round < 5000; round++) {
    const spans = Array.from({ length: 1 + below(7) }, () => {
      const begin = below(30);
      return { begin, end: begin + below(round % 2 ? 4 : 12), buffer: buffers[below(3)], shares: below(2) === 0 };
    });
    type Span = (typeof spans)[number];
    const may = round % 3 === 0 ? undefined : (a: Span, b: Span) => a.shares && b.shares;
    const clash = (a: Span, b: Span) =>
      a.buffer === b.buffer && Math.max(a.begin, b.begin) < Math.min(a.end, b.end) && !may?.(a, b);
    const expected = spans.some((a, i) => spans.slice(0, i).some((b) => clash(a, b)));
    const pair = findOverlap(spans, may);
    expect(pair !== undefined).toBe(expected);
    if (!pair) continue;
    found += 1;
    const [first, second] = pair;
    expect(first).not.toBe(second);
    expect(clash(first, second)).toBe(true);
    expect(first.begin).toBeLessThanOrEqual(second.begin);
  }
  expect(found).toBeGreaterThan(1000);
  expect(found).toBeLessThan(4000);
});

describe("arrays that overlap others than their neighbours", () => {
  test("values of parameters: each pair of three", () => {
    const block = new Float32Array(12);
    const apart = { a: block.subarray(0, 4), b: block.subarray(4, 8), c: block.subarray(8, 12) };
    sgd(apart);
    // The second and the third of a buffer.
    const values = { ...apart, b: block.subarray(4, 9) };
    const error = 'sgd: parameters "b" and "c" share memory; expected separate arrays';
    expect(() => sgd(values)).toThrow(new RangeError(error));
    // In another order, and with other buffers between.
    const others = { c: values.c, x: new Float32Array(4), b: values.b, y: new Float32Array(4), a: values.a };
    expect(() => sgd(others)).toThrow(new RangeError(error));
    // A long one reaches over one to the next but one.
    expect(() => sgd({ a: block.subarray(0, 9), b: new Float32Array(1), c: block.subarray(8, 12) })).toThrow(
      new RangeError('sgd: parameters "a" and "c" share memory; expected separate arrays'),
    );
    expect(() => sgd({ long: block, first: block.subarray(0, 1) })).toThrow(RangeError);
  });

  test("in another program's memory: gradients that share, one within another, and what they hide", () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const shapes = { a: 100, b: 4, c: 4 };
    const make = (params: object, grads: object, options: object = {}) =>
      adam(shapes, { ...options, memory: { memory, allocate: () => 32_768, params, grads } as never });
    const params = { a: 1024, b: 2048, c: 3072 };
    // b and c lie within a, apart from each other.
    const nested = { a: 8192, b: 8200, c: 8300 };
    make(params, nested);
    expect(() => make(params, nested, { zeroGrad: true })).toThrow(
      new RangeError('adam: memory: grads: "a" at 8192 and grads: "b" at 8200 overlap; expected separate arrays'),
    );
    // A parameter within the long gradient, behind a short one.
    expect(() => make({ ...params, c: 8400 }, { ...nested, c: 16_384 })).toThrow(
      new RangeError('adam: memory: grads: "a" at 8192 and params: "c" at 8400 overlap; expected separate arrays'),
    );
    // A gradient within a parameter, behind a gradient that ends before.
    expect(() => make({ ...params, a: 8204 }, { a: 16_384, b: 8192 - 8, c: 8500 })).toThrow(
      new RangeError('adam: memory: params: "a" at 8204 and grads: "c" at 8500 overlap; expected separate arrays'),
    );
    // A gradient in the block, behind another that lies there as well.
    expect(() => make(params, { ...nested, c: 32_800 })).toThrow(
      new RangeError('adam: memory: the block of allocate at 32768 and grads: "c" at 32800 overlap; expected separate arrays'),
    );
    make({ a: 8192 - 400, b: 8192 + 400, c: 3072 }, { a: 8192, b: 8192 + 416, c: 8192 }); // next to each other
  });
});
