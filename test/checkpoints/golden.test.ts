// Checkpoints both ways between PyTorch and us: 100 steps there, 50 here. What PyTorch computed is in a golden file.
import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { load, save } from "../../src/index.js";
import { afterFile, beforeFile, begin, steps, tensorsSum } from "../support/exchange.js";
import { type Arrays, type Golden, readGolden } from "../support/golden.js";

interface Exchange {
  readonly rule: string;
  readonly options: object;
  /** PyTorch's file, compressed, in base64. */
  readonly file: string;
  /** Its parameters 50 steps after its file. */
  readonly after: Arrays;
  /** The checksum of our file. */
  readonly ours: number;
  /** Its parameters 50 steps after our file. */
  readonly afterOurs: Arrays;
}

const { cases } = readGolden<Golden<Exchange>>("checkpoints");

const largest = (actual: Record<string, Float32Array>, expected: Arrays) =>
  Math.max(...Object.entries(expected).flatMap(([name, values]) => values.map((x, i) => Math.abs((actual[name]?.[i] as number) - x))));

test.each(cases)("$rule $options", ({ rule, options, file, after, ours, afterOurs }) => {
  const here = beforeFile(rule, options);
  const own = tensorsSum(save(here));
  afterFile(here);
  const there = begin(rule, options);
  const l = load(there, inflateSync(Buffer.from(file, "base64")), { t: steps.before });
  const moved = largest(there.params as never, after);
  afterFile(there);
  console.log("RESULT", rule, JSON.stringify(options), largest(here.params as never, afterOurs).toExponential(1), largest(there.params as never, after).toExponential(1), moved.toFixed(3), own === ours, JSON.stringify(l));
});
