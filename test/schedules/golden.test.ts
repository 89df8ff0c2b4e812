// Every schedule against PyTorch's closed forms, and optax's and Keras's. The calls, theirs and ours, are in the golden file.
import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { type ReduceOnPlateau, reduceOnPlateau } from "../../src/schedules/reduceOnPlateau.js";
import * as schedules from "../../src/schedules/schedules.js";
import { type Golden, readGolden } from "../support/golden.js";

type Schedule = (t: number) => number;

/** A call as an array of the schedule's name and its arguments, which may be calls. */
function build(call: unknown): unknown {
  if (!Array.isArray(call)) return call;
  const [name, ...rest] = call.map(build);
  if (typeof name !== "string") return [name, ...rest];
  const [make, part] = name.split(".");
  const made = { ...schedules, reduceOnPlateau }[make as "linear"](...(rest as Parameters<typeof schedules.linear>));
  return part ? made[part as "call"] : made;
}

/** The files of three libraries in one: their values at every step, or at every `every`th. */
type Schedules = Readonly<Record<string, Golden<Case> & { readonly every: number }>>;

interface Case {
  readonly theirs: string;
  readonly ours: unknown[];
  readonly values: string;
}

const decode = (text: string) => new Float64Array(new Uint8Array(inflateSync(Buffer.from(text, "base64"))).buffer);

const rows = Object.entries(readGolden<Schedules>("schedules")).flatMap(([from, { every, cases }]) =>
  cases.map((row) => ({ ...row, from, every })),
);

// The losses of the script, with NaN among them.
const losses = Array.from({ length: 1001 }, (_, i) =>
  i % 97 === 5 ? Number.NaN : 1 / (1 + Math.floor(i / 40) ** 2) + ((i * i) % 11) * 1e-5,
);

// Keras's cosines are rounded to f32 on their way.
const tolerance = (from: string, theirs: string) => (from === "keras" && theirs.startsWith("Cosine") ? 3e-7 : 1e-12);

test.each(rows)("$from: $theirs at every step", ({ from, theirs, ours, every, values }) => {
  const expected = decode(values);
  expect(expected.length).toBeGreaterThanOrEqual(10);
  const schedule = build(ours) as Schedule;
  const options = ours[2] as { mode?: string };
  for (const [i, value] of expected.entries()) {
    const t = i * every;
    const error = Math.abs(schedule(t) - value);
    if (!(error <= tolerance(from, theirs) * value)) expect.fail(`${schedule(t)} at t = ${t}, ${error / value} off ${value}`);
    (schedule as ReduceOnPlateau).report?.(options.mode === "max" ? -losses[t] : losses[t]);
  }
});
