import { get, lerp, madd, mul, offset, put, scalar, simd, sub, vectors, width } from "../lanes";

// Schedule-Free gradient descent, Defazio et al. 2024, https://arxiv.org/abs/2405.15682: p is the paper's y
//   x  = scale * g + l2 * p
//   p <- lerp(p, z, gain) - slope * x
//   z <- z - rate * x
function sweep<T>(i: usize, end: usize, p: usize, g: usize, z: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1);
  const Rate = scalar<T>(c, 3), Gain = scalar<T>(c, 4), Slope = scalar<T>(c, 5);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const zi = get<T>(z + i);
    put(p + i, sub(lerp(pi, zi, Gain), mul(Slope, xi)));
    put(z + i, sub(zi, mul(Rate, xi)));
    i += width<T>();
  } while (i < end);
}

export function scheduleFreeSgd(begin: u32, end: u32, p: usize, g: usize, z: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, z, c);
  sweep<f32>(whole, last, p, g, z, c);
}
