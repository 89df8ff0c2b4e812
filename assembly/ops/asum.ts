import { absDouble, addDouble, block, getDouble, least, octets, offset, putSum, simd, total, zero } from "../lanes";

// r <- sum of |x| in f64, in the order given at `block` in lanes.ts
function term<A>(i: usize, x: usize): A {
  return absDouble(getDouble<A>(x + i));
}

/** Eight elements at a time, in four sums. Each waits only for its own previous value. */
function sweep(i: usize, end: usize, x: usize): f64 {
  let s = zero<v128>(), t = s, u = s, v = s;
  if (i < end) do {
    s = addDouble(s, term<v128>(i, x));
    t = addDouble(t, term<v128>(i + 8, x));
    u = addDouble(u, term<v128>(i + 16, x));
    v = addDouble(v, term<v128>(i + 24, x));
    i += 32;
  } while (i < end);
  return total(total(total(total(0, s), t), u), v);
}

/** The sum of one element per `stride` bytes. */
function each(i: usize, end: usize, stride: usize, x: usize): f64 {
  let sum: f64 = 0;
  if (i < end) do {
    sum = addDouble(sum, term<f64>(i, x));
    i += stride;
  } while (i < end);
  return sum;
}

function part(first: usize, last: usize, x: usize): f64 {
  const end = octets(first, last);
  let sum: f64 = 0;
  if (simd) sum = sweep(first, end, x);
  else for (let lane: usize = 0; lane < 32; lane += 4) sum += each(first + lane, end, 32, x);
  return sum + each(end, last, 4, x);
}

export function asum(begin: u32, end: u32, x: usize, r: usize): void {
  const last = offset(end);
  let sum: f64 = 0;
  for (let first = offset(begin); first < last; first += block) sum += part(first, least(first + block, last), x);
  putSum(r, sum);
}
