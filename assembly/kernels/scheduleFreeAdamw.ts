import { add, div, get, lerp, madd, mul, offset, put, scalar, simd, sqrt, sub, vectors, width } from "../lanes";

// Schedule-Free AdamW, Defazio et al. 2024, https://arxiv.org/abs/2405.15682: p is the paper's y
//   x  = scale * g + l2 * p
//   v <- lerp(v, x*x, gain2)
//   d  = root * x / (sqrt(v) + eps) + decay * p   root and eps hold the bias correction
//   p <- lerp(p, z, gain) - slope * d
//   z <- z - rate * d
function sweep<T>(i: usize, end: usize, p: usize, g: usize, z: usize, v: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1);
  const Rate = scalar<T>(c, 3), Gain = scalar<T>(c, 4), Slope = scalar<T>(c, 5), Gain2 = scalar<T>(c, 6);
  const Eps = scalar<T>(c, 7), Root = scalar<T>(c, 8), Decay = scalar<T>(c, 9);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const vi = lerp(get<T>(v + i), mul(xi, xi), Gain2);
    const di = madd(Decay, pi, div(mul(Root, xi), add(sqrt(vi), Eps)));
    const zi = get<T>(z + i);
    put(v + i, vi);
    put(p + i, sub(lerp(pi, zi, Gain), mul(Slope, di)));
    put(z + i, sub(zi, mul(Rate, di)));
    i += width<T>();
  } while (i < end);
}

export function scheduleFreeAdamw(begin: u32, end: u32, p: usize, g: usize, z: usize, v: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, z, v, c);
  sweep<f32>(whole, last, p, g, z, v, c);
}
