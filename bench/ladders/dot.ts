// The dot product in f64, from which norms are computed: blocks of 4,096 elements with eight lanes each.
//   npm run bench:ladders -- dot
import { fill, random } from "../../test/support/random.js";
import type { Ladder } from "./ladder.js";

const address = 1024;
const block = 4096;

const parameters = "begin: u32, end: u32, x: usize, y: usize, r: usize";

/** A block in four sums of two lanes. `pair` loads two elements at i + `at` bytes as f64. */
const variant = (name: string, pair: (array: string, at: number) => string) => {
  const sums = ["s", "t", "u", "v"];
  return `
function ${name}Block(i: usize, end: usize, x: usize, y: usize): f64 {
  ${sums.map((sum) => `let ${sum} = zero<v128>();`).join(" ")}
  if (i < end) do {
    ${sums.map((sum, k) => `${sum} = addDouble(${sum}, mulDouble(${pair("x", 8 * k)}, ${pair("y", 8 * k)}));`).join("\n    ")}
    i += 32;
  } while (i < end);
  return total(total(total(total(0, s), t), u), v);
}

export function ${name}(${parameters}): i32 {
  const last = offset(end);
  let sum: f64 = 0;
  for (let first = offset(begin); first < last; first += block) {
    const to = least(first + block, last), whole = octets(first, to);
    let rest: f64 = 0;
    for (let i = whole; i < to; i += 4) rest += <f64>load<f32>(x + i) * <f64>load<f32>(y + i);
    sum += ${name}Block(first, whole, x, y) + rest;
  }
  putSum(r, sum);
  return 0;
}`;
};

const half = (array: string, at: number) =>
  at % 16 === 0
    ? `v128.load(${array} + i + ${at})`
    : `v128.shuffle<u64>(v128.load(${array} + i + ${at - 8}), zero<v128>(), 1, 2)`;

export const dot: Ladder = {
  title: "dot: a sum of products in f64",
  source: `
import { addDouble, block, getDouble, least, mulDouble, octets, offset, putSum, total, zero } from "./assembly/lanes";
import { dot } from "./assembly/engine/dot";

export function dot1(${parameters}): i32 {
  const last = offset(end);
  let sum: f64 = 0;
  for (let first = offset(begin); first < last; first += block) {
    const to = least(first + block, last), whole = octets(first, to);
    let part: f64 = 0;
    for (let lane: usize = 0; lane < 32; lane += 4) {
      let s: f64 = 0;
      for (let i = first + lane; i < whole; i += 32) s += <f64>load<f32>(x + i) * <f64>load<f32>(y + i);
      part += s;
    }
    let rest: f64 = 0;
    for (let i = whole; i < to; i += 4) rest += <f64>load<f32>(x + i) * <f64>load<f32>(y + i);
    sum += part + rest;
  }
  putSum(r, sum);
  return 0;
}
${variant("dot2", (array, at) => `f64x2.promote_low_f32x4(${half(array, at)})`)}
${variant("dot3", (array, at) => `getDouble<v128>(${array} + i + ${at})`)}
export function dot4(${parameters}): i32 {
  dot(begin, end, x, y, r);
  return 0;
}
export function dot5(${parameters}): i32 {
  dot(begin, end, x, x, r);
  return 0;
}
`,
  steps: {
    dot1: "one element at a time",
    dot2: "four sums of two lanes, halves of vectors by shuffles",
    dot3: "the same, each half loaded on its own",
    dot4: "the library's kernel",
    dot5: "the same of x and x, each loaded once",
  },
  bytes: (n) => address + 8 * n,
  prepare: (buffer, n) => {
    // Both arrays are equal, so that dot5 has the same sum.
    for (const i of [0, 1]) fill(new Float32Array(buffer, address + 4 * n * i, n), random(n + 1));
    return (kernel) => kernel(0, n, address, address + 4 * n, 64);
  },
  result: (buffer) => new Float64Array(buffer, 64, 1),
  reference: (buffer, n) => {
    const x = new Float32Array(buffer, address, n);
    let sum = 0;
    for (let first = 0; first < n; first += block) {
      const to = Math.min(first + block, n);
      const whole = to - ((to - first) % 8);
      const lanes = Array.from({ length: 8 }, () => 0);
      for (let i = first; i < whole; i++) lanes[(i - first) % 8] += x[i] * x[i];
      let rest = 0;
      for (let i = whole; i < to; i++) rest += x[i] * x[i];
      sum += lanes.reduce((part, lane) => part + lane, 0) + rest;
    }
    return [sum];
  },
  sizes: [16_384, 4_194_304],
};
