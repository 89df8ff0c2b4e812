// rate · sign(x), the step of Lion and Signum.
//   npm run bench:ladders -- signed
import { fill, random } from "../../test/support/random.js";
import type { Ladder } from "./ladder.js";

const address = 1024;

/** A variant: `vector` is the result for the vector v; `rotated` loops test for the end after the elements. */
const variant = (name: string, vector: string, rotated: boolean) => `
export function ${name}(begin: u32, end: u32, x: usize, c: usize): i32 {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  const Rate = scalar<v128>(c, 0);
  let i = first;
  ${rotated ? "if (i < whole) do {" : "for (; i < whole; i += 16) {"}
    const v = get<v128>(x + i);
    put(x + i, ${vector});
  ${rotated ? "i += 16; } while (i < whole);" : "}"}
  for (; i < last; i += 4) put(x + i, signed(scalar<f32>(c, 0), get<f32>(x + i)));
  return 0;
}`;

const selected = (one: string) => `mul(Rate, v128.bitselect(${one}, v, f32x4.gt(abs(v), f32x4.splat(0))))`;
const copied = "v128.or(v128.and(v, f32x4.splat(-0)), f32x4.splat(1))";

export const signed: Ladder = {
  title: "signed: rate · sign(x), NaN stays NaN",
  source: `
import { abs, get, mul, offset, put, scalar, signed, vectors } from "./assembly/lanes";

export function signed1(begin: u32, end: u32, x: usize, c: usize): i32 {
  const last = offset(end);
  for (let i = offset(begin); i < last; i += 4) {
    const xi = get<f32>(x + i);
    put(x + i, scalar<f32>(c, 0) * (f32.abs(xi) > 0 ? f32.copysign(1, xi) : xi));
  }
  return 0;
}
${variant("signed2", selected(copied), false)}
${variant("signed3", selected(copied), true)}
${variant("signed4", "signed(Rate, v)", false)}
${variant("signed5", "signed(Rate, v)", true)}
`,
  steps: {
    signed1: "one element at a time",
    signed2: "four lanes: 1 with the sign bit of x, selected if x is not 0",
    signed3: "the same, the loop's test after the elements",
    signed4: "x · 2^254, clamped to ±rate",
    signed5: "the same, the loop's test after the elements",
  },
  bytes: (n) => address + 4 * n,
  prepare: (buffer, n) => {
    const x = fill(new Float32Array(buffer, address, n), random(n));
    new Float32Array(buffer, 64, 1)[0] = 0.01;
    if (n > 30 && n < 10_000) x.set([0, -0, 1e-45, -1e-45, 3e38, -3e38, Number.NaN, Infinity, -Infinity]);
    return (kernel) => kernel(0, n, address, 64);
  },
  result: (buffer, n) => new Float32Array(buffer, address, n),
  reference: (buffer, n) => new Float32Array(buffer, address, n).map((x) => Math.fround(0.01) * Math.sign(x)),
  sizes: [16_384],
};
