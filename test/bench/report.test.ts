// The report in the repository, and the loops that it compares.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fastLoops } from "../../bench/fastLoops.js";
import { pages, readResults } from "../../bench/files.js";
import { HyperParameters } from "../../src/engine/hyperParameters.js";
import type { Spec } from "../../src/engine/spec.js";
import { rules } from "../../src/index.js";
import { relativeError } from "../support/compare.js";
import { fill, random } from "../support/random.js";
import { references } from "../support/reference.js";

const folder = "bench/report";

test.each(Object.entries(pages(readResults(folder))))("%s shows the stored numbers: npm run bench:draw", (file, content) => {
  expect(readFileSync(join(folder, file), "utf8") === content).toBe(true);
});

test.each(Object.entries(pages(readResults(folder))).filter(([file]) => file.endsWith(".svg")))(
  "%s is small, and has a background and a dark mode",
  (_, svg) => {
    expect(svg.length).toBeLessThan(150_000);
    expect(svg).toContain('<rect width="100%" height="100%" fill="#ffffff"/>');
    expect(svg).toContain("@media (prefers-color-scheme:dark)");
  },
);

test.each(Object.keys(fastLoops) as (keyof typeof fastLoops)[])(
  "the fastest loop of %s takes the steps of the formula",
  (name) => {
    const { values } = new HyperParameters(rules[name].spec as unknown as Spec, undefined);
    const n = 1000;
    const [p, expected] = [new Float64Array(n), new Float64Array(n)];
    const state = () => ({ m: new Float64Array(n), v: new Float64Array(n) });
    const [mine, theirs] = [state(), state()];
    for (let t = 1; t <= 20; t++) {
      const g = fill(new Float32Array(n), random(t));
      fastLoops[name](p, g, mine, values as never, t);
      references[name](expected, g, theirs, values as never, t, [], [n]);
    }
    expect(relativeError(p, expected)).toBeLessThan(1e-9); // rounding in f64
  },
);
