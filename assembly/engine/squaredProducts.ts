import { addDouble, block, getDouble, least, mulDouble, octets, offset, putSum, simd, total, zero } from "../lanes";

// r <- sum of (x * y)**2 in f64, in the order given at `block` in lanes.ts
function term<A>(i: usize, x: usize, y: usize): A {
  const product = mulDouble(getDouble<A>(x + i), getDouble<A>(y + i));
  return mulDouble(product, product);
}

/** Eight elements at a time, in four sums. Each waits only for its own previous value. */
function sweep(i: usize, end: usize, x: usize, y: usize): f64 {
  let s = zero<v128>(), t = s, u = s, v = s;
  if (i < end) do {
    s = addDouble(s, term<v128>(i, x, y));
    t = addDouble(t, term<v128>(i + 8, x, y));
    u = addDouble(u, term<v128>(i + 16, x, y));
    v = addDouble(v, term<v128>(i + 24, x, y));
    i += 32;
  } while (i < end);
  return total(total(total(total(0, s), t), u), v);
}

/** The sum of one element per `stride` bytes. */
function each(i: usize, end: usize, stride: usize, x: usize, y: usize): f64 {
  let sum: f64 = 0;
  if (i < end) do {
    sum = addDouble(sum, term<f64>(i, x, y));
    i += stride;
  } while (i < end);
  return sum;
}

function part(first: usize, last: usize, x: usize, y: usize): f64 {
  const end = octets(first, last);
  let sum: f64 = 0;
  if (simd) sum = sweep(first, end, x, y);
  else for (let lane: usize = 0; lane < 32; lane += 4) sum += each(first + lane, end, 32, x, y);
  return sum + each(end, last, 4, x, y);
}

export function squaredProducts(begin: u32, end: u32, x: usize, y: usize, r: usize): void {
  const last = offset(end);
  let sum: f64 = 0;
  for (let first = offset(begin); first < last; first += block) sum += part(first, least(first + block, last), x, y);
  putSum(r, sum);
}
