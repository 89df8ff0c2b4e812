// Adam's step, the model of all element-wise rules.
//   npm run bench:ladders -- adam
import { fill, random } from "../../test/support/random.js";
import type { Ladder } from "./ladder.js";

const address = 1024;

/** The formula for the elements at i + `at` bytes. Arrays and splatted scalars are in scope. */
const lane = (type: string, at: number, form: string) => `{
      const pi = get<${type}>(p + i + ${at});
      const xi = gradient<${type}, ${form}>(get<${type}>(g + i + ${at}), pi, Scale, L2);
      const mi = lerp<${type}, ${form}>(get<${type}>(m + i + ${at}), xi, Gain1, Hold1, Pull1);
      const vi = lerp<${type}, ${form}>(get<${type}>(v + i + ${at}), mul(xi, xi), Gain2, Hold2, Pull2);
      put(m + i + ${at}, mi);
      put(v + i + ${at}, vi);
      put(p + i + ${at}, moved<${type}, ${form}>(pi, div(mul(Rate, mi), add(sqrt(vi), Eps)), Decay));
    }`;

const splats = (type: string, form: string) => `
  const Scale = scalar<${type}>(c, 0), L2 = scalar<${type}>(c, 1), Decay = scalar<${type}>(c, 2);
  const Rate = scalar<${type}>(c, 3), Eps = scalar<${type}>(c, 4);
  const Gain1 = gain<${type}>(c, 0), Hold1 = hold<${type}, ${form}>(c, 0), Pull1 = pull<${type}, ${form}>(c, 0);
  const Gain2 = gain<${type}>(c, 1), Hold2 = hold<${type}, ${form}>(c, 1), Pull2 = pull<${type}, ${form}>(c, 1);`;

const parameters = "begin: u32, end: u32, p: usize, g: usize, m: usize, v: usize, c: usize";

/** A loop unrolled `times` times, then a loop over single elements. `after`: the test for the end follows the elements. */
const variant = (name: string, type: string, times: number, after = false, form = "Plain") => {
  const stride = `${times} * width<${type}>()`;
  const lanes = Array.from({ length: times }, (_, k) => lane(type, k * (type === "v128" ? 16 : 4), form)).join("\n");
  const loop = after
    ? `if (i + ${stride} <= last) do {${lanes} i += ${stride}; } while (i + ${stride} <= last);`
    : `for (; i + ${stride} <= last; i += ${stride}) {${lanes}}`;
  return `
function ${name}Rest(i: usize, last: usize, p: usize, g: usize, m: usize, v: usize, c: usize): void {
  ${splats("f32", form)}
  for (; i < last; i += 4) ${lane("f32", 0, form)}
}

export function ${name}(${parameters}): i32 {
  const last = offset(end);
  let i = offset(begin);
  {
    ${splats(type, form)}
    ${loop}
  }
  ${name}Rest(i, last, p, g, m, v, c);
  return 0;
}`;
};

export const adam: Ladder = {
  title: "adam: one pass over p, g, m, v",
  source: `
import {
  add, div, Full, gain, get, gradient, hold, lerp, moved, mul, offset, Plain, pull, put, scalar, sqrt, Usual, width,
} from "./assembly/lanes";
import { adam } from "./assembly/rules/adam";
${variant("adam1", "f32", 1)}
${variant("adam2", "v128", 1)}
${variant("adam3", "v128", 2)}
${variant("adam4", "v128", 4)}
${variant("adam5", "v128", 1, true)}
${variant("adam6", "v128", 4, true)}
export function adam7(${parameters}): i32 {
  adam(begin, end, p, g, m, v, c);
  return 0;
}
// Four sums, so that no division waits for another. The sum is used, or the compiler would drop the divisions.
export function adamBound(${parameters}): i32 {
  const Rate = scalar<v128>(c, 3);
  let a = Rate, b = Rate, d = Rate, e = Rate;
  const last = offset(end);
  for (let i = offset(begin); i + 64 <= last; i += 64) {
    a = add(a, div(Rate, sqrt(get<v128>(v + i))));
    b = add(b, div(Rate, sqrt(get<v128>(v + i + 16))));
    d = add(d, div(Rate, sqrt(get<v128>(v + i + 32))));
    e = add(e, div(Rate, sqrt(get<v128>(v + i + 48))));
  }
  put(p, add(add(a, b), add(d, e)));
  return 0;
}
${variant("adam8", "v128", 1, true, "Usual")}
${variant("adam9", "v128", 1, true, "Full")}
`,
  steps: {
    adam1: "one element at a time",
    adam2: "four lanes",
    adam3: "four lanes, unrolled twice",
    adam4: "four lanes, unrolled four times",
    adam5: "four lanes, the loop's test after the elements",
    adam6: "the same, unrolled four times",
    adam7: "the library's kernel",
    adam8: "as adam5, with a scale, an L2 penalty and weight decay",
    adam9: "as adam8, for gains above 1/2, too",
  },
  bounds: { adamBound: "bound: a root and a division for each element, and nothing else" },
  bytes: (n) => address + 4 * (4 * n + 64),
  prepare: (buffer, n) => {
    const at = (i: number) => address + 4 * i * (n + 16 - (n % 16));
    const block = fill(new Float32Array(buffer, address, 4 * (n + 16)), random(n));
    for (const i of block.keys()) if (4 * i + address >= at(3)) block[i] = Math.abs(block[i] as number);
    new Float32Array(buffer, 64, 12).set([1, 0, 0, 1e-3, 1e-8, 0, 0, 0, 0.1, 0.9, 1e-3, 0.999]);
    return (kernel) => kernel(0, n, at(0), at(1), at(2), at(3), 64);
  },
  result: (buffer, n) => new Float32Array(buffer, address, 4 * (n + 16)),
  reference: (buffer, n) => {
    const scalars = new Float32Array(buffer, 64, 12);
    const [rate, eps, gain1, gain2] = [3, 4, 8, 10].map((i) => scalars[i] as number) as [number, number, number, number];
    const all = new Float32Array(buffer, address, 4 * (n + 16));
    const f = Math.fround;
    const lerp = (a: number, b: number, gain: number) => f(f(gain * f(b - a)) + a);
    const to = n + 16 - (n % 16);
    for (let i = 0; i < n; i++) {
      const [p, g, m, v] = [0, 1, 2, 3].map((k) => all[k * to + i] as number) as [number, number, number, number];
      const mi = lerp(m, g, gain1);
      const vi = lerp(v, f(g * g), gain2);
      all[2 * to + i] = mi;
      all[3 * to + i] = vi;
      all[i] = f(p - f(f(rate * mi) / f(f(Math.sqrt(vi)) + eps)));
    }
    return all;
  },
  sizes: [4096, 16_384, 4_194_304],
};
