import { add, div, get, lerp, madd, mul, offset, put, scalar, simd, sqrt, sub, vectors, width } from "../lanes";

// AdaDelta, Zeiler 2012, https://arxiv.org/abs/1212.5701
//   x  = scale * g + l2 * p
//   v <- lerp(v, x*x, gain)
//   d  = sqrt((u + eps) / (v + eps)) * x    one root and one division for the paper's two roots
//   u <- lerp(u, d*d, gain)
//   p <- keep * p - rate * d
function sweep<T>(i: usize, end: usize, p: usize, g: usize, v: usize, u: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Keep = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Gain = scalar<T>(c, 4), Eps = scalar<T>(c, 5);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const vi = lerp(get<T>(v + i), mul(xi, xi), Gain);
    const ui = get<T>(u + i);
    const di = mul(sqrt(div(add(ui, Eps), add(vi, Eps))), xi);
    put(v + i, vi);
    put(u + i, lerp(ui, mul(di, di), Gain));
    put(p + i, sub(mul(Keep, pi), mul(Rate, di)));
    i += width<T>();
  } while (i < end);
}

export function adadelta(begin: u32, end: u32, p: usize, g: usize, v: usize, u: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, v, u, c);
  sweep<f32>(whole, last, p, g, v, u, c);
}
