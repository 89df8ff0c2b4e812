import {
  add, div, Full, gain, get, gradient, hold, isPlain, isUsual, lerp, madd, mul, offset, Plain, pull, put, scalar, simd, sqrt,
  sub, Usual, vectors, width,
} from "../lanes";

// Schedule-Free AdamW, Defazio et al. 2024, https://arxiv.org/abs/2405.15682: p is the paper's y
//   x  = scale * g + l2 * p
//   v <- lerp(v, x*x, gain2)
//   d  = factor * x / (sqrt(v) + eps) + inside * p    factor and eps arrive bias-corrected
//   p <- lerp(p, z, gain1) - rate2 * d
//   z <- z - rate * d
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, z: usize, v: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, z, v, c); return; }
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, p, g, z, v, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1);
  const Rate = scalar<T>(c, 3), Eps = scalar<T>(c, 4), Rate2 = scalar<T>(c, 5);
  const Factor = scalar<T>(c, 6), Inside = scalar<T>(c, 7);
  const Gain1 = gain<T>(c, 0), Hold1 = hold<T, F>(c, 0), Pull1 = pull<T, F>(c, 0);
  const Gain2 = gain<T>(c, 1), Hold2 = hold<T, F>(c, 1), Pull2 = pull<T, F>(c, 1);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const vi = lerp<T, F>(get<T>(v + i), mul(xi, xi), Gain2, Hold2, Pull2);
    const di = madd(Inside, pi, div(mul(Factor, xi), add(sqrt(vi), Eps)));
    const zi = get<T>(z + i);
    put(v + i, vi);
    put(p + i, sub(lerp<T, F>(pi, zi, Gain1, Hold1, Pull1), mul(Rate2, di)));
    put(z + i, sub(zi, mul(Rate, di)));
    i += width<T>();
  } while (i < end);
}

export function scheduleFreeAdamw(begin: u32, end: u32, p: usize, g: usize, z: usize, v: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, z, v, c);
  sweep<f32, Full>(whole, last, p, g, z, v, c);
}
