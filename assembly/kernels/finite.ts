import { add, all, get, isZero, mul, offset, simd, width } from "../lanes";

// 1 when no element is NaN or infinite, else 0: 0 * x is 0 or NaN, which a sum keeps, in whatever order.
/** Four vectors at a time, in four sums: an addition waits only for its own sum's last. */
function sweep<T>(i: usize, end: usize, x: usize): T {
  const None = all<T>(0);
  let s = None, t = None, u = None, v = None;
  if (i < end) do {
    s = add(s, mul(None, get<T>(x + i)));
    t = add(t, mul(None, get<T>(x + i + width<T>())));
    u = add(u, mul(None, get<T>(x + i + 2 * width<T>())));
    v = add(v, mul(None, get<T>(x + i + 3 * width<T>())));
    i += 4 * width<T>();
  } while (i < end);
  return add(add(s, t), add(u, v));
}

function each(i: usize, end: usize, x: usize): f32 {
  let sum: f32 = 0;
  if (i < end) do {
    sum = add(sum, mul<f32>(0, get<f32>(x + i)));
    i += 4;
  } while (i < end);
  return sum;
}

export function finite(begin: u32, end: u32, x: usize): i32 {
  const first = offset(begin), last = offset(end);
  const stride: usize = simd ? 64 : 16;
  const whole = last - ((last - first) % stride);
  const most = simd ? isZero(sweep<v128>(first, whole, x)) : isZero(sweep<f32>(first, whole, x));
  return most && isZero(each(whole, last, x)) ? 1 : 0;
}
