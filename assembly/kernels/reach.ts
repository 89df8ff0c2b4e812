import { addHigh, addLow, block, get, least, madd, mul, none, offset, putSum, quads, scalar, simd, sub, total } from "../lanes";

// r <- sum of x * (q - p) in f64: blocks in their order, of each its four lanes, then its tail. The same bits in every build.
//   x  = scale * g + l2 * p
function sweep<T, A>(i: usize, end: usize, stride: usize, p: usize, g: usize, q: usize, c: usize): f64 {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1);
  let low = none<A>(), high = none<A>();
  for (; i < end; i += stride) {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const di = sub(get<T>(q + i), pi);
    low = addLow<T, A>(low, xi, di);
    high = addHigh<T, A>(high, xi, di);
  }
  return total<A>(low, high);
}

function part(first: usize, last: usize, p: usize, g: usize, q: usize, c: usize): f64 {
  const end = quads(first, last);
  let sum: f64 = 0;
  if (simd) sum = sweep<v128, v128>(first, end, 16, p, g, q, c);
  else for (let lane: usize = 0; lane < 16; lane += 4) sum += sweep<f32, f64>(first + lane, end, 16, p, g, q, c);
  return sum + sweep<f32, f64>(end, last, 4, p, g, q, c);
}

export function reach(begin: u32, end: u32, p: usize, g: usize, q: usize, c: usize, r: usize): void {
  const last = offset(end);
  let sum: f64 = 0;
  for (let first = offset(begin); first < last; first += block) sum += part(first, least(first + block, last), p, g, q, c);
  putSum(r, sum);
}
