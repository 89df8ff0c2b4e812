import {
  add, all, atLeast, atMost, choose, Full, get, gradient, isPlain, moved, mul, offset, Plain, put, scalar, signed, simd, vectors,
  width,
} from "../lanes";

// Rprop, Riedmiller & Braun 1993, https://doi.org/10.1109/ICNN.1993.298623, as in PyTorch: iRprop-
//   x  = scale * g + l2 * p
//   o  = sign(x) * sign(q)                        q is the previous x, or 0
//   s <- clamp(s * (o < 0 ? etaMinus : o > 0 ? etaPlus : 1), stepMin, stepMax)
//   q <- o < 0 ? 0 : x + 0                         + 0 turns -0 into 0: the forms of a kernel differ in the sign of zeros
//   p <- p - decay * p - sign(q) * s
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, s: usize, q: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, s, q, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2);
  const EtaMinus = scalar<T>(c, 3), EtaPlus = scalar<T>(c, 4), StepMin = scalar<T>(c, 5), StepMax = scalar<T>(c, 6);
  const Zero = all<T>(0), One = all<T>(1);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const oi = mul(signed(One, xi), signed(One, get<T>(q + i)));
    const si = atMost(atLeast(mul(get<T>(s + i), choose(oi, EtaMinus, One, EtaPlus)), StepMin), StepMax);
    const qi = add(choose(oi, Zero, xi, xi), Zero);
    put(s + i, si);
    put(q + i, qi);
    put(p + i, moved<T, F>(pi, signed(si, qi), Decay));
    i += width<T>();
  } while (i < end);
}

export function rprop(begin: u32, end: u32, p: usize, g: usize, s: usize, q: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, s, q, c);
  sweep<f32, Full>(whole, last, p, g, s, q, c);
}
