import { expect, test } from "vitest";
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
