import { addDouble, all, get, getDouble, octets, offset, put, simd, sub, total, vectors, width, zero } from "../lanes";

// Gradient centralization, Yong et al. 2020, https://arxiv.org/abs/2004.01461
//   g <- g - mean of g over its row               the mean in f64, added up as a block in lanes.ts
/** Eight elements at a time, in four sums. */
function eights(i: usize, end: usize, g: usize): f64 {
  let s = zero<v128>(), t = s, u = s, v = s;
  if (i < end) do {
    s = addDouble(s, getDouble<v128>(g + i));
    t = addDouble(t, getDouble<v128>(g + i + 8));
    u = addDouble(u, getDouble<v128>(g + i + 16));
    v = addDouble(v, getDouble<v128>(g + i + 24));
    i += 32;
  } while (i < end);
  return total(total(total(total(0, s), t), u), v);
}

function each(i: usize, end: usize, stride: usize, g: usize): f64 {
  let sum: f64 = 0;
  if (i < end) do {
    sum = addDouble(sum, getDouble<f64>(g + i));
    i += stride;
  } while (i < end);
  return sum;
}

function sumOf(last: usize, g: usize): f64 {
  const end = octets(0, last);
  let sum: f64 = 0;
  if (simd) sum = eights(0, end, g);
  else for (let lane: usize = 0; lane < 32; lane += 4) sum += each(lane, end, 32, g);
  return sum + each(end, last, 4, g);
}

function subtract<T>(i: usize, end: usize, g: usize, mean: f32): void {
  const Mean = all<T>(mean);
  if (i < end) do {
    put(g + i, sub(get<T>(g + i), Mean));
    i += width<T>();
  } while (i < end);
}

export function centralize(rows: u32, columns: u32, g: usize): void {
  const last = offset(columns), whole = vectors(0, last);
  for (let i: u32 = 0; i < rows; i++) {
    const row = g + offset(i * columns);
    const mean = all<f32>(<f32>(sumOf(last, row) / <f64>columns));
    if (simd) subtract<v128>(0, whole, row, mean);
    subtract<f32>(whole, last, row, mean);
  }
}
