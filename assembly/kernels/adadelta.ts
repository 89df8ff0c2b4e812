import { add, all, div, get, lerp, madd, mul, offset, put, simd, sqrt, sub, vectors, width } from "../lanes";

// AdaDelta, Zeiler 2012, https://arxiv.org/abs/1212.5701
//   x  = scale * g + l2 * p
//   v <- lerp(v, x*x, gain)
//   d  = sqrt((u + eps) / (v + eps)) * x    one root and one division for the paper's two roots
//   u <- lerp(u, d*d, gain)
//   p <- keep * p - rate * d
function sweep<T>(i: usize, end: usize, p: usize, g: usize, v: usize, u: usize,
  scale: f32, l2: f32, keep: f32, rate: f32, gain: f32, eps: f32): void {
  const Scale = all<T>(scale), L2 = all<T>(l2), Keep = all<T>(keep);
  const Rate = all<T>(rate), Gain = all<T>(gain), Eps = all<T>(eps);
  for (; i < end; i += width<T>()) {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const vi = lerp(get<T>(v + i), mul(xi, xi), Gain);
    const ui = get<T>(u + i);
    const di = mul(sqrt(div(add(ui, Eps), add(vi, Eps))), xi);
    put(v + i, vi);
    put(u + i, lerp(ui, mul(di, di), Gain));
    put(p + i, sub(mul(Keep, pi), mul(Rate, di)));
  }
}

export function adadelta(begin: u32, end: u32, p: usize, g: usize, v: usize, u: usize,
  scale: f32, l2: f32, keep: f32, rate: f32, gain: f32, eps: f32): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, v, u, scale, l2, keep, rate, gain, eps);
  sweep<f32>(whole, last, p, g, v, u, scale, l2, keep, rate, gain, eps);
}
