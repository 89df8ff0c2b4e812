import { doubled, getWord, largerWord, largestWord, offset, scalarWord, simd, width, word } from "../lanes";

// 1 if every |x| is at most the limit, else 0; NaN exceeds every limit.
// Compared as integers, the bits of non-negative floats have the order of the floats. Doubling the integer drops the sign.
/** Eight vectors at a time, in eight maxima. Each waits only for its own previous value. */
function sweep<I>(i: usize, end: usize, x: usize): u32 {
  let m = word<I>(0), n = m, o = m, p = m, q = m, r = m, s = m, t = m;
  if (i < end) do {
    m = largerWord(m, doubled(getWord<I>(x + i)));
    n = largerWord(n, doubled(getWord<I>(x + i + width<I>())));
    o = largerWord(o, doubled(getWord<I>(x + i + 2 * width<I>())));
    p = largerWord(p, doubled(getWord<I>(x + i + 3 * width<I>())));
    q = largerWord(q, doubled(getWord<I>(x + i + 4 * width<I>())));
    r = largerWord(r, doubled(getWord<I>(x + i + 5 * width<I>())));
    s = largerWord(s, doubled(getWord<I>(x + i + 6 * width<I>())));
    t = largerWord(t, doubled(getWord<I>(x + i + 7 * width<I>())));
    i += 8 * width<I>();
  } while (i < end);
  const first = largerWord(largerWord(m, n), largerWord(o, p));
  return largestWord(largerWord(first, largerWord(largerWord(q, r), largerWord(s, t))));
}

function each(i: usize, end: usize, x: usize): u32 {
  let most: u32 = 0;
  if (i < end) do {
    most = largerWord(most, doubled(getWord<u32>(x + i)));
    i += 4;
  } while (i < end);
  return most;
}

export function allWithin(begin: u32, end: u32, x: usize, c: usize): i32 {
  const first = offset(begin), last = offset(end), limit = doubled<u32>(scalarWord(c, 3));
  const stride: usize = simd ? 128 : 32;
  const whole = last - ((last - first) % stride);
  const most = simd ? sweep<v128>(first, whole, x) : sweep<u32>(first, whole, x);
  return largerWord<u32>(most, each(whole, last, x)) <= limit ? 1 : 0;
}
