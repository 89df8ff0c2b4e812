// The search for NaN and infinity before every step.
//   npm run bench:ladders -- finite
import { fill, random } from "../../test/support/random.js";
import type { Ladder } from "./ladder.js";

const address = 1024;

export const finite: Ladder = {
  title: "finite: the search for NaN and infinity",
  source: `
import { add, all, get, larger, mul, offset } from "./assembly/lanes";
import { allWithin } from "./assembly/engine/allWithin";

function isZero<T>(x: T): bool {
  if (isVector<T>()) return i32x4.all_true(f32x4.eq(x as v128, f32x4.splat(0)));
  return (x as f32) === 0;
}

function each(i: usize, end: usize, x: usize): f32 {
  let sum: f32 = 0;
  for (; i < end; i += 4) sum = add(sum, mul<f32>(0, get<f32>(x + i)));
  return sum;
}

export function finite1(begin: u32, end: u32, x: usize): i32 {
  return isZero(each(offset(begin), offset(end), x)) ? 1 : 0;
}

export function finite2(begin: u32, end: u32, x: usize): i32 {
  const last = offset(end);
  let i = offset(begin);
  const None = all<v128>(0);
  let s = None;
  for (; i + 16 <= last; i += 16) s = add(s, mul(None, get<v128>(x + i)));
  return isZero(s) && isZero(each(i, last, x)) ? 1 : 0;
}

function products(i: usize, end: usize, x: usize): v128 {
  const None = all<v128>(0);
  let s = None, t = None, u = None, v = None;
  for (; i < end; i += 64) {
    s = add(s, mul(None, get<v128>(x + i)));
    t = add(t, mul(None, get<v128>(x + i + 16)));
    u = add(u, mul(None, get<v128>(x + i + 32)));
    v = add(v, mul(None, get<v128>(x + i + 48)));
  }
  return add(add(s, t), add(u, v));
}

export function finite3(begin: u32, end: u32, x: usize): i32 {
  const first = offset(begin), last = offset(end), whole = first + ((last - first) & ~63);
  return isZero(products(first, whole, x)) && isZero(each(whole, last, x)) ? 1 : 0;
}

function sums(i: usize, end: usize, x: usize): v128 {
  const None = all<v128>(0);
  let s = None, t = None, u = None, v = None;
  for (; i < end; i += 64) {
    s = add(s, get<v128>(x + i));
    t = add(t, get<v128>(x + i + 16));
    u = add(u, get<v128>(x + i + 32));
    v = add(v, get<v128>(x + i + 48));
  }
  return mul(None, add(add(s, t), add(u, v)));
}

export function finite4(begin: u32, end: u32, x: usize): i32 {
  const first = offset(begin), last = offset(end), whole = first + ((last - first) & ~63);
  const finite = isZero(sums(first, whole, x)) || isZero(products(first, whole, x));
  return finite && isZero(each(whole, last, x)) ? 1 : 0;
}

function sums8(i: usize, end: usize, x: usize): v128 {
  const None = all<v128>(0);
  let s = None, t = None, u = None, v = None, w = None, y = None, z = None, r = None;
  for (; i < end; i += 128) {
    s = add(s, get<v128>(x + i));
    t = add(t, get<v128>(x + i + 16));
    u = add(u, get<v128>(x + i + 32));
    v = add(v, get<v128>(x + i + 48));
    w = add(w, get<v128>(x + i + 64));
    y = add(y, get<v128>(x + i + 80));
    z = add(z, get<v128>(x + i + 96));
    r = add(r, get<v128>(x + i + 112));
  }
  return mul(None, add(add(add(s, t), add(u, v)), add(add(w, y), add(z, r))));
}

export function finite5(begin: u32, end: u32, x: usize): i32 {
  const first = offset(begin), last = offset(end), whole = first + ((last - first) & ~127);
  const finite = isZero(sums8(first, whole, x)) || isZero(products(first, whole, x));
  return finite && isZero(each(whole, last, x)) ? 1 : 0;
}

export function finite6(begin: u32, end: u32, x: usize): i32 {
  const first = offset(begin), last = offset(end), whole = first + ((last - first) & ~63);
  let s = all<v128>(0), t = s, u = s, v = s;
  for (let i = first; i < whole; i += 64) {
    s = larger(s, get<v128>(x + i));
    t = larger(t, get<v128>(x + i + 16));
    u = larger(u, get<v128>(x + i + 32));
    v = larger(v, get<v128>(x + i + 48));
  }
  return isZero(mul(all<v128>(0), larger(larger(s, t), larger(u, v)))) && isZero(each(whole, last, x)) ? 1 : 0;
}

export function finite7(begin: u32, end: u32, x: usize): i32 {
  return allWithin(begin, end, x, 64);
}
`,
  steps: {
    finite1: "sum of 0·x, one element at a time",
    finite2: "four lanes",
    finite3: "four lanes, four independent sums",
    finite4: "sum of x; sum of 0·x only if that overflows",
    finite5: "the same, eight sums",
    finite6: "the largest magnitude, as integers",
    finite7: "the library's kernel: eight maxima of the doubled bits, which have no sign",
  },
  bytes: (n) => address + 4 * n,
  prepare: (buffer, n) => {
    // At some sizes the sum overflows. At others a number is not finite.
    const x = fill(new Float32Array(buffer, address, n), random(n), n % 7 === 5 ? 3e38 : 1);
    new Float32Array(buffer, 64, 4)[3] = 3.4028234663852886e38; // the limit
    if (n % 7 === 3) x[n >> 1] = n % 4 === 3 ? Number.NaN : -Infinity;
    return (kernel) => kernel(0, n, address);
  },
  result: (_, __, returned) => [returned as number],
  reference: (buffer, n) => [new Float32Array(buffer, address, n).every((x) => Number.isFinite(x)) ? 1 : 0],
  sizes: [4096, 16_384, 4_194_304],
};
