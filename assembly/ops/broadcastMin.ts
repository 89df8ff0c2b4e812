import { atMost, get, offset, put } from "../lanes";

// The smaller bound of each pair of indices, in place; x has room for n × m elements
//   x[i, j] <- min(x[i], a[j])
export function broadcastMin(n: u32, m: u32, x: usize, a: usize): void {
  for (let i = n; i > 0; i--) {
    const bound = get<f32>(x + offset(i - 1));
    for (let j: u32 = 0; j < m; j++) {
      put<f32>(x + offset((i - 1) * m + j), atMost<f32>(get<f32>(a + offset(j)), bound));
    }
  }
}
