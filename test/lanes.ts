// The vocabulary of assembly/lanes.ts in plain JavaScript: one lane, every operation rounded by Math.fround. With it the
// sources of the kernels run as they stand, as an outside opinion on what the compiler made of them.

let memory = new Float32Array(0);

/** Lets the kernels work on this memory. */
export function attach(buffer: ArrayBuffer): void {
  memory = new Float32Array(buffer);
}

export const simd = true;
export const width = () => 4;
export const offset = (index: number) => index * 4;
export const vectors = (first: number, last: number) => first + Math.floor((last - first) / 16) * 16;

export const get = (address: number) => memory[address / 4];
export const put = (address: number, x: number) => {
  memory[address / 4] = x;
};

export const all = Math.fround;
export const scalar = (c: number, index: number) => memory[c / 4 + index];
export const add = (a: number, b: number) => Math.fround(a + b);
export const sub = (a: number, b: number) => Math.fround(a - b);
export const mul = (a: number, b: number) => Math.fround(a * b);
export const div = (a: number, b: number) => Math.fround(a / b);
export const sqrt = (x: number) => Math.fround(Math.sqrt(x));
export const abs = Math.abs;
export const sign = Math.sign;
export const larger = (a: number, b: number) => Math.max(Math.abs(a), Math.abs(b));
export const atLeast = (x: number, least: number) => (x < least ? least : x);
export const atMost = (x: number, most: number) => (x > most ? most : x);
export const flushed = (x: number) => (Math.abs(x) < 2 ** -126 ? 0 : x);
export const madd = (a: number, b: number, c: number) => add(mul(a, b), c);
export const lerp = (a: number, b: number, gain: number) => madd(gain, b, sub(a, mul(gain, a)));
export const largest = (x: number) => x;
