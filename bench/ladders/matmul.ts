// The product of two square matrices: nearly all of Muon's time.
//   npm run bench:ladders -- matmul
import { fill, random } from "../../test/support/random.js";
import type { Ladder } from "./ladder.js";

const address = 1024;
const side = (n: number) => Math.floor(Math.sqrt(n));

const parameters = "rows: u32, columns: u32, a: usize, b: usize, y: usize, room: usize, c: usize";

/** A product by panels: copies a panel of b into cache, and sums tiles of `rows` rows by `vectors` vectors in registers. */
const tiled = (name: string, rows: number, vectors: number) => {
  const pairs = Array.from({ length: rows }, (_, r) =>
    Array.from({ length: vectors }, (_, v) => ({ r, v, s: `s${r}_${v}` })),
  ).flat();
  return `
function ${name}Tile(inner: u32, a: usize, depth: usize, b: usize, line: usize, y: usize, stride: usize): void {
  ${pairs.map(({ s }) => `let ${s} = all<v128>(0);`).join(" ")}
  let k: u32 = 0;
  if (k < inner) do {
    ${Array.from({ length: vectors }, (_, v) => `const b${v} = get<v128>(b + ${16 * v});`).join(" ")}
    ${Array.from({ length: rows }, (_, r) => `const a${r} = scalar<v128>(a + ${r} * depth, k);`).join(" ")}
    ${pairs.map(({ r, v, s }) => `${s} = madd(a${r}, b${v}, ${s});`).join(" ")}
    b += line;
    k++;
  } while (k < inner);
  ${pairs.map(({ r, v, s }) => `put(y + ${r} * stride + ${16 * v}, ${s});`).join(" ")}
}

export function ${name}(${parameters}): i32 {
  const line = offset(columns), depth = offset(rows);
  const width: u32 = panel(columns), packed = offset(width);
  for (let from: u32 = 0; from < columns; from += width) {
    for (let k: u32 = 0; k < rows; k++) {
      for (let j: usize = 0; j < packed; j += 16) put(room + k * packed + j, get<v128>(b + k * line + offset(from) + j));
    }
    for (let row: u32 = 0; row < rows; row += ${rows}) {
      for (let j: usize = 0; j < packed; j += ${16 * vectors})
        ${name}Tile(rows, a + row * depth, depth, room + j, packed, y + row * line + offset(from) + j, line);
    }
  }
  return 0;
}`;
};

export const matmul: Ladder = {
  title: "matmul: the product of square matrices",
  source: `
import { all, get, madd, offset, put, scalar } from "./assembly/lanes";
import { gemm } from "./assembly/ops/gemm";

function panel(columns: u32): u32 { return columns < 64 ? columns : 64; }

export function matmul1(${parameters}): i32 {
  for (let i: u32 = 0; i < rows; i++) {
    for (let j: u32 = 0; j < columns; j++) {
      let s: f32 = 0;
      for (let k: u32 = 0; k < rows; k++) s = madd(get<f32>(a + offset(i * rows + k)), get<f32>(b + offset(k * columns + j)), s);
      put(y + offset(i * columns + j), s);
    }
  }
  return 0;
}
${tiled("matmul2", 1, 1)}
${tiled("matmul3", 4, 1)}
${tiled("matmul4", 4, 2)}
${tiled("matmul5", 2, 4)}
export function matmul6(${parameters}): i32 {
  gemm(rows, rows, columns, panel(columns), a, b, y, y, room, c);
  return 0;
}
`,
  steps: {
    matmul1: "element by element",
    matmul2: "panels of b in cache, one vector at a time",
    matmul3: "the same, four rows",
    matmul4: "four rows of two vectors",
    matmul5: "two rows of four vectors",
    matmul6: "the library's kernel",
  },
  bytes: (n) => address + 16 * side(n) ** 2,
  prepare: (buffer, n) => {
    const m = side(n);
    fill(new Float32Array(buffer, address, 2 * m * m), random(n));
    new Float32Array(buffer, 64, 5).set([1, 0, 1, 1, 0]);
    const at = (i: number) => address + 4 * i * m * m;
    return (kernel) => kernel(m, m, at(0), at(1), at(2), at(3), 64);
  },
  result: (buffer, n) => new Float32Array(buffer, address + 8 * side(n) ** 2, side(n) ** 2),
  reference: (buffer, n) => {
    const m = side(n);
    const [a, b] = [new Float32Array(buffer, address, m * m), new Float32Array(buffer, address + 4 * m * m, m * m)];
    return Float32Array.from({ length: m * m }, (_, at) => {
      let sum = 0;
      for (let k = 0; k < m; k++) sum = Math.fround(Math.fround(a[Math.floor(at / m) * m + k] * b[k * m + (at % m)]) + sum);
      return sum;
    });
  },
  checked: [16 * 16, 32 * 32, 128 * 128],
  sizes: [128 * 128, 512 * 512],
};
