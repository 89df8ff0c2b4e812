// One rank, without a launcher. test/mpi/mpi.test.ts has more ranks.
import { expect, test } from "vitest";
import { World } from "../../src/mpi/ranks.js";
import { alone } from "../../src/mpi/transport.js";
import { Watchdog } from "../../src/mpi/watchdog.js";

async function makeWorld(leave = () => {}) {
  return new World(alone, await Watchdog.start(0, undefined), leave);
}

test("one rank sums and broadcasts what it has", async () => {
  const world = await makeWorld();
  expect(world).toMatchObject({ rank: 0, ranks: 1, local: { rank: 0, ranks: 1 }, library: "none" });
  const array = Float32Array.of(1, 2);
  world.sum(array);
  world.broadcast(array);
  world.barrier();
  expect([...array]).toEqual([1, 2]);
});

test("wrong arguments", async () => {
  const world = await makeWorld();
  expect(() => world.sum([1] as never)).toThrow("sum: array expected a Float32Array or a Float64Array, got [1]");
  expect(() => world.sum(new Uint8Array(1) as never)).toThrow(TypeError);
  expect(() => world.broadcast(new Int8Array(1) as never)).toThrow("broadcast: array expected a Float32Array, a Float64Array");
  expect(() => world.broadcast(new Uint8Array(1), 1)).toThrow("broadcast: root expected below 1, the number of ranks, got 1");
  expect(() => world.broadcast(new Uint8Array(1), -1)).toThrow(RangeError);
});

test("nothing works after close()", async () => {
  let left = 0;
  const world = await makeWorld(() => {
    left += 1;
  });
  world.close();
  expect(left).toBe(1);
  const calls = [() => world.sum(new Float32Array(1)), () => world.barrier(), () => world.close()];
  for (const call of calls) expect(call).toThrow(/^mpi: \w+\(\) expected before close\(\)$/);
});
