import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { patience } from "../support/patience.js";

/** The losses that a program of examples/swap-in prints, run from the built package as a reader would. */
function losses(program: string): number[] {
  const file = fileURLToPath(new URL(`../../examples/swap-in/${program}.js`, import.meta.url));
  const printed = execFileSync(process.execPath, [file], { encoding: "utf8", timeout: patience });
  expect(printed).toMatch(/^(step \d+: loss \d\.\d{6}\n){4}optimizer: \d+ µs a step\n$/);
  return [...printed.matchAll(/loss (.*)/g)].map(([, loss]) => Number(loss));
}

test("with the optimizer swapped in, with copies and without, the example trains as before", () => {
  const before = losses("before");
  const copying = losses("with-copies");
  expect(copying).toEqual(losses("without-copies"));
  expect(before[3]).toBeLessThan(0.3 * (before[0] as number));
  // The own optimizer of the example rounds m, v and p to f32 in other places, each within 6e-8; losses are printed to 1e-6.
  for (const [i, loss] of before.entries()) expect(Math.abs((copying[i] as number) - loss)).toBeLessThanOrEqual(1.5e-6);
});
