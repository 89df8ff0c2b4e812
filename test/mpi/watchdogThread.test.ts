import { expect, test } from "vitest";
import {
  collectives,
  current,
  describe as describeWait,
  ended,
  passages,
  rank,
  ranks,
  watch,
  words,
} from "../../src/mpi/watchdogThread.js";

const shared = () => new Int32Array(new SharedArrayBuffer(4 * words));

test("the line names the rank, the collective and its number", () => {
  const state = shared();
  state[current] = collectives.indexOf("broadcast");
  state[passages] = 33;
  const end = "has waited 5 s in broadcast(), its collective number 17; another rank hangs, is gone, or cannot be reached";
  state[rank] = -1;
  expect(describeWait(state, 5)).toBe(`mpi: a rank ${end}`);
  state[rank] = 2;
  expect(describeWait(state, 5)).toBe(`mpi: rank 2 ${end}`);
  state[ranks] = 4;
  expect(describeWait(state, 5)).toBe(`mpi: rank 2 of 4 ${end}`);
});

test("a collective that waits too long ends the process, once", () => {
  const state = shared();
  state[current] = collectives.indexOf("step");
  state[passages] = 7;
  const said: string[] = [];
  const begin = performance.now();
  watch(state, 0.1, (why) => said.push(why));
  expect(said).toEqual([describeWait(state, 0.1)]);
  expect(performance.now() - begin).toBeGreaterThan(100);
});

test("it ends when the main thread says so", () => {
  const state = shared();
  state[ended] = 1;
  watch(state, 0, () => expect.unreachable());
});
