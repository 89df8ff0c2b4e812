import { describe, expect, test } from "vitest";
import {
  adam,
  CheckpointError,
  inspect,
  lbfgs,
  load,
  type Optimizer,
  rprop,
  type Saveable,
  save,
  scheduleFreeSgd,
} from "../../src/index.js";
import { random } from "../support/random.js";
import { bits } from "../support/resuming.js";
import { withMetadata } from "../support/rewriting.js";
import { make, run } from "../support/runs.js";

const fresh = () => make(adam as never, { lossScale: true, ema: true, groups: [{ match: ["bias"], lr: 0.5 }] }) as Optimizer;
const file = save(run(fresh() as never, 3) as Optimizer, { extra: { a: [1] } });

const refused = (text: (before: string) => string, message: string) => {
  const opt = fresh();
  const before = bits(opt);
  const changed = withMetadata(file, text);
  expect(() => load(opt, changed)).toThrow(CheckpointError);
  expect(() => load(opt, changed)).toThrow(message);
  expect(bits(opt)).toBe(before);
};

describe("refuses", () => {
  type Tree = { [name: string]: never };
  const edited = (edit: (value: Tree) => void) => (text: string) => {
    const value = JSON.parse(text);
    edit(value);
    return JSON.stringify(value);
  };
  const cases: [string, (text: string) => string, string][] = [
    ["what is not JSON", (text) => text.slice(1), "checkpoint: metadata expected JSON"],
    ["no object", () => "[]", "checkpoint: metadata: metadata expected an object"],
    ["null", () => "null", "checkpoint: metadata: metadata expected an object"],
    [
      "a later version",
      edited((value: Tree) => Object.assign(value, { version: 2 })),
      "version of the metadata expected 1, got 2",
    ],
    ["no version", edited((value: Tree) => void delete value.version), "version of the metadata expected 1, got undefined"],
    ["no rule", edited((value: Tree) => void delete value.rule), "metadata: rule expected a text"],
    ["no options", edited((value: Tree) => void delete value.options), "metadata: options expected an object"],
    ["no progress", edited((value: Tree) => void delete value.progress), "metadata: progress expected an object"],
    ...(
      [
        ["t", -1, "progress.t expected an integer of at least 0"],
        ["t", 0.5, "progress.t expected an integer of at least 0"],
        ["t", "NaN", "progress.t expected an integer of at least 0"],
        ["t", 2 ** 53, "progress.t expected an integer of at least 0"],
        ["t", null, "progress.t expected an integer of at least 0"],
        ["t", undefined, "progress.t expected an integer of at least 0"],
        ["groups", {}, "progress.groups expected a list"],
        ["groups", [], 'progress.groups expected the parameter "weight"'],
        ["groups", [5], "progress.groups[0] expected an object"],
        ["gradients", [], "progress.gradients expected an object"],
      ] as const
    ).map(([name, value, message]): [string, (text: string) => string, string] => [
      `progress.${name} of ${JSON.stringify(value)}`,
      edited(({ progress }: Tree) => Object.assign(progress, { [name]: value })),
      message,
    ]),
    ...(
      [
        ["names", ["weight"], 'progress.groups expected the parameter "scale"'],
        ["names", [1], "progress.groups[0].names[0] expected a text"],
        ["steps", "NaN", "progress.groups[0].steps expected an integer of at least 0"],
        ["averaged", -0.5, "progress.groups[0].averaged expected an integer of at least 0"],
        ["carry", [], "progress.groups[0].carry expected an object"],
        ["scheduled", { lr: null }, "progress.groups[0].scheduled.lr expected a number"],
      ] as const
    ).map(([name, value, message]): [string, (text: string) => string, string] => [
      `progress.groups[0].${name} of ${JSON.stringify(value)}`,
      edited(({ progress }: Tree) => Object.assign((progress as { groups: object[] }).groups[0] as object, { [name]: value })),
      message,
    ]),
    ...(
      [
        [{ factor: 0, finiteSteps: 0 }, "progress.gradients.lossScale.factor expected a number of at least 1"],
        [{ factor: "NaN", finiteSteps: 0 }, "progress.gradients.lossScale.factor expected a number of at least 1"],
        [{ factor: 2, finiteSteps: -1 }, "progress.gradients.lossScale.finiteSteps expected an integer of at least 0"],
        [7, "progress.gradients.lossScale expected an object"],
      ] as const
    ).map(([value, message]): [string, (text: string) => string, string] => [
      `progress.gradients.lossScale of ${JSON.stringify(value)}`,
      edited(({ progress }: Tree) => Object.assign((progress as { gradients: object }).gradients, { lossScale: value })),
      message,
    ]),
  ];

  test.each(cases)("%s", (_, text, message) => refused(text, message));

  test("a carried number that is missing", () => {
    const opt = run(make(scheduleFreeSgd as never, {}), 3) as Optimizer;
    const changed = withMetadata(save(opt), (text) => text.replace('"weightSum":', '"weightTotal":'));
    expect(() => load(opt, changed)).toThrow("progress.groups expected the number weightSum in carry");
  });
});

test("ignores unknown keys", () => {
  const opt = fresh();
  load(
    opt,
    withMetadata(file, (text) => text.replace("{", '{"later":[1],')),
  );
  expect(Buffer.compare(save(opt, { extra: { a: [1] } }), file)).toBe(0);
});

// Numbers that are wrong in most places, and values of other kinds.
const pieces = [
  "-1",
  "0.5",
  "1e999",
  "9007199254740993",
  '"NaN"',
  '"-0"',
  '""',
  "null",
  "true",
  "[]",
  "{}",
  '{"__proto__":1}',
  "[[[]]]",
  "1",
];

/** A mutant of a JSON text: a value, a name, or some characters are replaced, doubled or removed. */
function mutate(text: string, seed: number): string {
  const source = random(seed);
  const draw = (count: number) => Math.floor(((source.next().value + 1) / 2) * count);
  const pick = <T>(items: readonly T[]): T => items[draw(items.length)] as T;
  const value = JSON.parse(text);
  const places: [Record<string, unknown>, string][] = [];
  const visit = (node: unknown) => {
    if (typeof node !== "object" || node === null) return;
    for (const key of Object.keys(node)) {
      places.push([node as Record<string, unknown>, key]);
      visit(node[key as keyof typeof node]);
    }
  };
  visit(value);
  for (let count = 1 + draw(2); count > 0; count--) {
    const [node, key] = pick(places);
    const kind = draw(6);
    if (kind === 0) delete node[key];
    else if (kind === 1) node[`${key}x`] = node[key];
    else if (kind === 2) node[key] = pick(places)[0];
    else if (kind === 3 && Array.isArray(node[key])) (node[key] as unknown[]).push((node[key] as unknown[])[0]);
    else if (kind === 4 && typeof node[key] === "number") node[key] = (node[key] as number) + pick([1, -1, 0.5, -1e9]);
    else node[key] = JSON.parse(pick(pieces));
  }
  let mutant: string;
  try {
    mutant = JSON.stringify(value);
  } catch {
    mutant = text; // a circle
  }
  if (draw(5) > 0) return mutant;
  const at = draw(mutant.length);
  return mutant.slice(0, at) + pick([...pieces, ""]) + mutant.slice(at + draw(3));
}

const makers: Record<string, () => [Saveable, Saveable]> = {
  adam: () => [run(fresh() as never, 3) as Optimizer, fresh()],
  scheduleFreeSgd: () => {
    const make1 = () => make(scheduleFreeSgd as never, { momentum: (t: number) => 0.5 + t / 1e9 });
    return [run(make1(), 3) as Optimizer, make1() as Optimizer];
  },
  rprop: () => [run(make(rprop as never, { stepMin: 0.25 }), 3) as Optimizer, make(rprop as never, {}) as Optimizer],
  lbfgs: () => {
    const make2 = () => lbfgs({ x: Float32Array.of(1, 2) }, { history: 3, iterations: 3 });
    const opt = make2();
    opt.step(() => {
      const [a = 0, b = 0] = opt.params.x;
      opt.grads.x.set([4 * a ** 3, 2 * b]);
      return a ** 4 + b * b;
    });
    return [opt, make2()];
  },
};

// A mutant is refused by a CheckpointError, and nothing is changed; or it loads, and its own file loads as the same.
test.each(Object.entries(makers))("2000 mutants of a file of %s", (_, makeBoth) => {
  const [there, here] = makeBoth();
  const file = save(there, { extra: [1, { a: "b" }] });
  const start = save(here);
  const [, other] = makeBoth();
  const counts = { refused: 0, loaded: 0 };
  for (let seed = 0; seed < 2000; seed++) {
    const mutant = withMetadata(file, (text) => mutate(text, seed));
    const differences = (["throw", "keep", "take"] as const)[seed % 3] as "throw";
    try {
      load(here, mutant, { differences });
    } catch (error) {
      expect(error, String(seed)).toBeInstanceOf(CheckpointError);
      expect(Buffer.compare(save(here), start), String(seed)).toBe(0);
      counts.refused++;
      continue;
    }
    counts.loaded++;
    const again = save(here);
    load(other, again, { differences: "take" });
    expect(Buffer.compare(save(other), again), String(seed)).toBe(0);
    inspect(mutant);
    const before = inspect(again).t;
    expect(before).toBe("spec" in here ? here.t : here.t);
    load(here, start, { differences: "take" });
    expect(Buffer.compare(save(here), start), String(seed)).toBe(0);
  }
  expect(counts.refused).toBeGreaterThan(500);
  expect(counts.loaded).toBeGreaterThan(100);
});
