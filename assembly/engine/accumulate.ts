import {
  asWord, doubled, get, largerWord, largestWord, madd, offset, put, scalar, scalarWord, simd, vectors, width, word,
} from "../lanes";

// y <- y + alpha * d; 1 if then every |y| is at most the limit, else 0. NaN exceeds every limit. Compared as in allWithin.
function sweep<T, I>(i: usize, end: usize, d: usize, y: usize, c: usize): u32 {
  const Alpha = scalar<T>(c, 3);
  let most = word<I>(0);
  if (i < end) do {
    const yi = madd(Alpha, get<T>(d + i), get<T>(y + i));
    put(y + i, yi);
    most = largerWord(most, doubled(asWord<T, I>(yi)));
    i += width<T>();
  } while (i < end);
  return largestWord(most);
}

export function accumulate(begin: u32, end: u32, d: usize, y: usize, c: usize): i32 {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  const limit = doubled<u32>(scalarWord(c, 4));
  let most: u32 = 0;
  if (simd) most = sweep<v128, v128>(first, whole, d, y, c);
  return largerWord<u32>(most, sweep<f32, u32>(whole, last, d, y, c)) <= limit ? 1 : 0;
}
