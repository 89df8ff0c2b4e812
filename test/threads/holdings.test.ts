// Which memories workers hold: as many as are in use, and few more.
import { describe, expect, test } from "vitest";
import { type Holding, Holdings } from "../../src/threads/holdings.js";

const MiB = 2 ** 20;

/** What a pool and its workers do, without either. */
class Pool {
  readonly holdings = new Holdings(() => {});
  readonly held = new Map<number, Holding>();
  /** How many memories were sent. */
  sent = 0;
  #jobs = 0;

  memory(): { holding: Holding } {
    return { holding: this.holdings.make({}) };
  }

  use({ holding }: { holding: Holding }, bytes: number): void {
    this.#jobs += 1;
    holding.used = this.#jobs;
    expect(holding.held).toBe(this.held.has(holding.number));
    if (holding.held) return;
    this.sent += 1;
    for (const number of this.holdings.add(holding, bytes)) expect(this.held.delete(number)).toBe(true);
    this.held.set(holding.number, holding);
  }

  get weight(): number {
    return [...this.held.values()].reduce((sum, { weight }) => sum + weight, 0);
  }
}

describe.each([1, 8, 16, 100, 1000])("of %d MiB each", (size) => {
  const bytes = size * MiB;

  test("those that are used for a while and never again do not pile up", () => {
    const pool = new Pool();
    for (let i = 0; i < 300; i++) {
      const memory = pool.memory();
      for (let step = 0; step < 4; step++) pool.use(memory, bytes);
      expect(pool.weight).toBeLessThanOrEqual(Math.max(bytes, 256 * MiB));
      expect(pool.held.size).toBeLessThanOrEqual(32);
    }
    expect(pool.sent).toBe(300);
  });

  test.each([2, 20, 100])("%d that take turns are all held in the end", (count) => {
    const pool = new Pool();
    const memories = Array.from({ length: count }, () => pool.memory());
    const turn = () => {
      const { sent } = pool;
      for (const memory of memories) pool.use(memory, bytes);
      return pool.sent - sent;
    };
    expect(turn()).toBe(count);
    for (let i = 0; i < 3; i++) turn();
    expect(turn()).toBe(0);
    expect(pool.held.size).toBe(count);
  });

  test("generations that take turns hold no more than one of them does", () => {
    const pool = new Pool();
    for (let generation = 0; generation < 20; generation++) {
      const memories = Array.from({ length: 40 }, () => pool.memory());
      for (let turn = 0; turn < 6; turn++) for (const memory of memories) pool.use(memory, bytes);
      expect(pool.weight).toBeLessThanOrEqual(40 * Math.max(bytes, 8 * MiB) + 256 * MiB);
    }
  });
});

test("those used last are held", () => {
  const pool = new Pool();
  const memories = Array.from({ length: 5 }, () => pool.memory());
  for (const i of [0, 1, 2, 0, 3, 0, 4]) pool.use(memories[i] as { holding: Holding }, 64 * MiB);
  expect(memories.map(({ holding }) => holding.held)).toEqual([true, false, true, true, true]);
});

test("one that is removed makes room, and is no sign that more are in use", () => {
  const pool = new Pool();
  const [a, b] = [pool.memory(), pool.memory()];
  pool.use(a, 200 * MiB);
  expect(pool.holdings.remove(a.holding)).toBe(true);
  expect(pool.holdings.remove(a.holding)).toBe(false);
  pool.held.delete(a.holding.number);
  pool.use(b, 200 * MiB);
  pool.use(a, 200 * MiB);
  expect([...pool.held.values()]).toEqual([a.holding]); // both do not fit
});

test("each optimizer has a number of its own", () => {
  const { holdings } = new Pool();
  expect(holdings.make({}).number).not.toBe(holdings.make({}).number);
});
