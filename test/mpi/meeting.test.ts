import { expect, test } from "vitest";
import { Meetings, whoHasWhat } from "../../src/mpi/meeting.js";
import { alone } from "../../src/mpi/transport.js";
import { Watchdog } from "../../src/mpi/watchdog.js";
import { collectives } from "../../src/mpi/watchdogThread.js";

/** Meetings of rank 0 with another rank, which gives these numbers. */
async function meetWith(...other: number[]) {
  const gather = (array: ArrayLike<number>) => (array as Float64Array).set(other, 4);
  return new Meetings({ ...alone, ranks: 2, gather }, await Watchdog.start(0, undefined));
}

test("who has what", () => {
  expect(whoHasWhat([1, 1])).toBe("1 on ranks 0, 1");
  expect(whoHasWhat(["a", "b", "a"], (text) => text)).toBe("a on ranks 0, 2, b on rank 1");
  expect(whoHasWhat([0, 0, 0, 0, 0, 0])).toBe("0 on ranks 0, 1, 2, 3, … and 2 more");
});

test("ranks in the same collective get the numbers of all", async () => {
  const meetings = await meetWith(collectives.indexOf("mean"), 0, 3, 4);
  const met = meetings.meet("mean", ({ first, second }) => [...first, ...second], { own: [1, 2] });
  expect(met).toEqual([1, 3, 2, 4]);
});

test("ranks in other collectives, or with another number, get an error", async () => {
  const stray = await meetWith(collectives.indexOf("sum"), 0, 0, 0);
  const wanted = "mpi: all ranks expected in the same collective, got barrier() on rank 0, sum() on rank 1";
  expect(() => stray.meet("barrier", () => expect.unreachable())).toThrow(wanted);
  const other = await meetWith(collectives.indexOf("sum"), 8, 0, 0);
  const differ = (values: Float64Array) => new RangeError(whoHasWhat(values));
  const given = { common: 7, differ };
  expect(() => other.meet("sum", () => expect.unreachable(), given)).toThrow(new RangeError("7 on rank 0, 8 on rank 1"));
});
