import {
  Full, gain, get, gradient, hold, isPlain, isUsual, lerp, mul, offset, Plain, pull, put, scalar, simd, sub, Usual, vectors,
  width,
} from "../lanes";

// Schedule-Free gradient descent, Defazio et al. 2024, https://arxiv.org/abs/2405.15682: p is the paper's y
//   x  = scale * g + l2 * p
//   p <- lerp(p, z, gain) - rate2 * x
//   z <- z - rate * x
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, z: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, z, c); return; }
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, p, g, z, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1);
  const Rate = scalar<T>(c, 3), Rate2 = scalar<T>(c, 4);
  const Gain = gain<T>(c, 0), Hold = hold<T, F>(c, 0), Pull = pull<T, F>(c, 0);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const zi = get<T>(z + i);
    put(p + i, sub(lerp<T, F>(pi, zi, Gain, Hold, Pull), mul(Rate2, xi)));
    put(z + i, sub(zi, mul(Rate, xi)));
    i += width<T>();
  } while (i < end);
}

export function scheduleFreeSgd(begin: u32, end: u32, p: usize, g: usize, z: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, z, c);
  sweep<f32, Full>(whole, last, p, g, z, c);
}
