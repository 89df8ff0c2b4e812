import { addHigh, addLow, block, get, least, none, offset, putSum, quads, simd, sub, total } from "../lanes";

// r <- sum of (x - y)**2 in f64: blocks in their order, of each its four lanes, then its tail. The same bits in every build.
function sweep<T, A>(i: usize, end: usize, stride: usize, x: usize, y: usize): f64 {
  let low = none<A>(), high = none<A>();
  for (; i < end; i += stride) {
    const di = sub(get<T>(x + i), get<T>(y + i));
    low = addLow<T, A>(low, di, di);
    high = addHigh<T, A>(high, di, di);
  }
  return total<A>(low, high);
}

function part(first: usize, last: usize, x: usize, y: usize): f64 {
  const end = quads(first, last);
  let sum: f64 = 0;
  if (simd) sum = sweep<v128, v128>(first, end, 16, x, y);
  else for (let lane: usize = 0; lane < 16; lane += 4) sum += sweep<f32, f64>(first + lane, end, 16, x, y);
  return sum + sweep<f32, f64>(end, last, 4, x, y);
}

export function distance(begin: u32, end: u32, x: usize, y: usize, r: usize): void {
  const last = offset(end);
  let sum: f64 = 0;
  for (let first = offset(begin); first < last; first += block) sum += part(first, least(first + block, last), x, y);
  putSum(r, sum);
}
