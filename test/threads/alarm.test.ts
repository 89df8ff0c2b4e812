// When sleeping workers are woken. The test plays the workers: it writes what they did into the shared words.
import { expect, test } from "vitest";
import { Alarm } from "../../src/threads/alarm.js";
import * as at from "../../src/threads/jobs.js";

const price = 262_144;

function make(threads = 2) {
  const words = new Int32Array(at.bytes(threads) / 4);
  const alarm = new Alarm(words, threads);
  /** The workers do this many chunks before they sleep again. */
  const help = (chunks: number) => {
    for (let thread = 1; thread < threads; thread++) words[at.own(thread) + at.done] += chunks;
  };
  /** Elements of calls until it rings, in calls of this length. */
  const until = (length = 32_768, sleepers = threads - 1) => {
    for (let sum = length; ; sum += length) if (alarm.rings(length, sleepers)) return sum;
  };
  return { words, alarm, help, until };
}

test("a long call rings at once, short calls when they add up to it", () => {
  const { alarm, help } = make();
  expect(alarm.rings(price - 1, 1)).toBe(false);
  expect(alarm.rings(1, 1)).toBe(true);
  help(8);
  expect(alarm.rings(price, 1)).toBe(true);
  help(8);
  const rings = Array.from({ length: 8 }, () => alarm.rings(32_768, 1));
  expect(rings).toEqual([false, false, false, false, false, false, false, true]);
});

test("each sleeper has the price", () => {
  const { alarm, until } = make(4);
  expect(alarm.rings(3 * price - 1, 3)).toBe(false);
  expect(alarm.rings(1, 3)).toBe(true);
  expect(make(4).until(price, 1)).toBe(price);
  expect(until(price, 2)).toBe(4 * price); // twice the price: nobody helped
});

test("the price doubles when workers do little, up to a limit, and falls back when they do enough", () => {
  const { help, until } = make();
  const prices = Array.from({ length: 12 }, () => {
    const found = until() / price;
    help(7);
    return found;
  });
  expect(prices).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512, 512]);
  expect(until()).toBe(512 * price);
  help(8);
  expect(until()).toBe(price);
});

test("all workers together must do enough for all", () => {
  const { words, until } = make(4);
  until();
  words[at.own(1) + at.done] += 23;
  expect(until()).toBe(6 * price);
  words[at.own(3) + at.done] += 24;
  expect(until()).toBe(3 * price);
});

test.each([
  ["most jobs", 7, 2],
  ["one job in eight", 8, 1],
])("the help of workers counts if not too many jobs had a long wait: %s", (_, jobs, factor) => {
  const { words, help, until } = make();
  words[at.job] = 2 ** 31 - 4; // this count may overflow, too
  until();
  help(100);
  words[at.longWaits] = 1;
  words[at.job] += 2 * jobs;
  expect(until()).toBe(factor * price);
  expect(words[at.longWaits]).toBe(0);
  help(100);
  expect(until()).toBe(price);
});

test("the count of chunks may overflow", () => {
  const { words, help, until } = make(3);
  for (const thread of [1, 2]) words[at.own(thread) + at.done] = 2 ** 31 - 1;
  until();
  help(8);
  expect(until()).toBe(2 * price); // of two workers: not doubled
});
