import { addDouble, block, getDouble, least, mulDouble, octets, offset, putSum, simd, subDouble, total, zero } from "../lanes";

// r <- sum of g * (q - p) in f64, in the order given at `block` in lanes.ts
function term<A>(i: usize, p: usize, g: usize, q: usize): A {
  return mulDouble(getDouble<A>(g + i), subDouble(getDouble<A>(q + i), getDouble<A>(p + i)));
}

/** Eight elements at a time, in four sums. Each waits only for its own previous value. */
function sweep(i: usize, end: usize, p: usize, g: usize, q: usize): f64 {
  let s = zero<v128>(), t = s, u = s, v = s;
  if (i < end) do {
    s = addDouble(s, term<v128>(i, p, g, q));
    t = addDouble(t, term<v128>(i + 8, p, g, q));
    u = addDouble(u, term<v128>(i + 16, p, g, q));
    v = addDouble(v, term<v128>(i + 24, p, g, q));
    i += 32;
  } while (i < end);
  return total(total(total(total(0, s), t), u), v);
}

/** The sum of one element per `stride` bytes. */
function each(i: usize, end: usize, stride: usize, p: usize, g: usize, q: usize): f64 {
  let sum: f64 = 0;
  if (i < end) do {
    sum = addDouble(sum, term<f64>(i, p, g, q));
    i += stride;
  } while (i < end);
  return sum;
}

function part(first: usize, last: usize, p: usize, g: usize, q: usize): f64 {
  const end = octets(first, last);
  let sum: f64 = 0;
  if (simd) sum = sweep(first, end, p, g, q);
  else for (let lane: usize = 0; lane < 32; lane += 4) sum += each(first + lane, end, 32, p, g, q);
  return sum + each(end, last, 4, p, g, q);
}

export function dotDifference(begin: u32, end: u32, p: usize, g: usize, q: usize, r: usize): void {
  const last = offset(end);
  let sum: f64 = 0;
  for (let first = offset(begin); first < last; first += block) sum += part(first, least(first + block, last), p, g, q);
  putSum(r, sum);
}
