import { expect, test } from "vitest";
import { ActiveGroups } from "../../src/engine/activeGroups.js";
import type { GroupLayout, Run } from "../../src/engine/groupLayout.js";

/** A group of these parameters, each a run of its own. */
function layout(...names: string[]) {
  const group = { names, frozen: false, whenFrozen: () => {} };
  const runs = names.map((name, index) => ({ name, index }) as unknown as Run);
  const set = (frozen: boolean) => {
    group.frozen = frozen;
    group.whenFrozen();
  };
  return { set, layout: { group, runs, tensors: runs, parts: runs } as unknown as GroupLayout };
}

test("frozen groups are left out until they are thawed, in the order of the groups", () => {
  const [rest, first, second] = [layout("a", "b"), layout("c"), layout("d")];
  const groups = new ActiveGroups([rest, first, second].map(({ layout }) => layout));
  expect(groups.names).toEqual(["a", "b", "c", "d"]);
  first.set(true);
  expect(groups.names).toEqual(["a", "b", "d"]);
  expect([groups.runs.length, groups.tensors.length]).toEqual([3, 3]);
  rest.set(true);
  expect(groups.names).toEqual(["d"]);
  first.set(false);
  expect(groups.names).toEqual(["c", "d"]);
  expect(groups.allRuns.length).toBe(4);
});

test("between changes the same arrays are returned: a step allocates nothing", () => {
  const one = layout("a");
  const groups = new ActiveGroups([one.layout]);
  const { runs, tensors } = groups;
  expect([groups.runs, groups.tensors].map((array, i) => array === [runs, tensors][i])).toEqual([true, true]);
});
