import { get, larger, offset, put } from "../lanes";

// The maximum of each row and each column of an n × m matrix; the row maxima in place
//   a[j] <- max over i of x[i, j],   x[i] <- max over j of x[i, j]
export function reduceMax(n: u32, m: u32, x: usize, a: usize): void {
  for (let j: u32 = 0; j < m; j++) put<f32>(a + offset(j), 0);
  for (let i: u32 = 0; i < n; i++) {
    let top: f32 = 0;
    for (let j: u32 = 0; j < m; j++) {
      const xij = get<f32>(x + offset(i * m + j));
      put<f32>(a + offset(j), larger<f32>(get<f32>(a + offset(j)), xij));
      top = larger<f32>(top, xij);
    }
    put<f32>(x + offset(i), top);
  }
}
