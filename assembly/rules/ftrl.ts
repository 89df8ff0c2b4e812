import {
  add, atLeast, atMost, div, Full, get, gradient, isPlain, madd, mul, offset, Plain, put, scalar, simd, sqrt, sub, vectors,
  width,
} from "../lanes";

// FTRL-Proximal, McMahan et al. 2013, https://doi.org/10.1145/2487575.2488200, in the form of Keras
//   x  = scale * g + l2 * p
//   n <- n + x*x                                  root = sqrt(n), before and after this
//   z <- z + x + (shrinkage - inverse * (root after - root before)) * (p - decay * p)
//   p <- (clamp(z, low, high) - z) / (inverse * root + quadratic)
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, n: usize, z: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, n, z, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2);
  const Inverse = scalar<T>(c, 3), Shrinkage = scalar<T>(c, 4), Quadratic = scalar<T>(c, 5);
  const Low = scalar<T>(c, 6), High = scalar<T>(c, 7);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const before = get<T>(n + i);
    const ni = madd(xi, xi, before);
    const root = sqrt(ni);
    const zi = add(get<T>(z + i), madd(sub(Shrinkage, mul(Inverse, sub(root, sqrt(before)))), sub(pi, mul(Decay, pi)), xi));
    put(n + i, ni);
    put(z + i, zi);
    put(p + i, div(sub(atMost(atLeast(zi, Low), High), zi), madd(Inverse, root, Quadratic)));
    i += width<T>();
  } while (i < end);
}

export function ftrl(begin: u32, end: u32, p: usize, g: usize, n: usize, z: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, n, z, c);
  sweep<f32, Full>(whole, last, p, g, n, z, c);
}
