// The functions of assembly/lanes.ts in plain JavaScript: one lane, every operation rounded by Math.fround. With them the kernels' sources
// run as JavaScript, as a check of the compiler.

let memory: Float32Array = new Float32Array(0);
let doubles: Float64Array = new Float64Array(0);
let words: Uint32Array = new Uint32Array(0);

/** Sets the kernels' memory. */
export function attach(buffer: ArrayBufferLike): void {
  if (buffer === memory.buffer) return;
  memory = new Float32Array(buffer);
  doubles = new Float64Array(buffer);
  words = new Uint32Array(buffer);
}

export const simd = false;
export const width = () => 4;
export const offset = (index: number) => index * 4;
export const vectors = (first: number) => first;
export const octets = (first: number, last: number) => first + Math.floor((last - first) / 32) * 32;
export const block = 4 * 4096;
export const least = Math.min;

export const get = (address: number) => memory[address / 4];
export const put = (address: number, x: number) => {
  memory[address / 4] = x;
};

export const all = Math.fround;
export const scalar = (c: number, index: number) => memory[c / 4 + index];
export const putScalar = (c: number, index: number, x: number) => {
  memory[c / 4 + index] = x;
};
export const add = (a: number, b: number) => Math.fround(a + b);
export const sub = (a: number, b: number) => Math.fround(a - b);
export const mul = (a: number, b: number) => Math.fround(a * b);
export const div = (a: number, b: number) => Math.fround(a / b);
export const sqrt = (x: number) => Math.fround(Math.sqrt(x));
export const abs = Math.abs;
export const negated = (x: number) => -x;
export const larger = (a: number, b: number) => Math.max(Math.abs(a), Math.abs(b));
export const atLeast = (x: number, least: number) => (x < least ? least : x);
export const atMost = (x: number, most: number) => (x > most ? most : x);
export const choose = (s: number, below: number, zero: number, above: number) => (s > 0 ? above : s < 0 ? below : zero);
export const cbrtGuess = (x: number) => {
  const bits = new Int32Array(Float32Array.of(x).buffer);
  bits[0] = Math.trunc(Math.fround(Math.fround(bits[0]) * Math.fround(1 / 3))) + 709921077;
  return new Float32Array(bits.buffer)[0];
};
export const signed = (bound: number, x: number) => Math.fround(bound * Math.sign(x));
export const flushed = (x: number) => (Math.abs(x) < 2 ** -126 ? 0 : x);
export const madd = (a: number, b: number, c: number) => add(mul(a, b), c);

// Types choose the form of a kernel. JavaScript has none, so a kernel stays in Full. All forms must have the same results, except that Plain treats zeros
// and non-finite numbers differently.
const averages = 8;
let plain = false;
export const isPlain = (c: number) => {
  plain = scalar(c, 0) === 1 && scalar(c, 1) === 0 && scalar(c, 2) === 0 && [0, 1, 2].every((index) => gain(c, index) <= 0.5);
  return false;
};
export const isUsual = () => false;
export const gradient = (g: number, p: number, scale: number, l2: number) => (plain ? g : madd(l2, p, mul(scale, g)));
export const moved = (p: number, step: number, decay: number) => sub(p, plain ? step : madd(decay, p, step));
export const gain = (c: number, index: number) => scalar(c, averages + 2 * index);
export const hold = (c: number, index: number) => (gain(c, index) > 0.5 ? scalar(c, averages + 2 * index + 1) : 1);
export const pull = (c: number, index: number) => (gain(c, index) > 0.5 ? 0 : 1);
export const lerp = (a: number, b: number, gain: number, hold: number, pull: number) =>
  madd(gain, sub(b, mul(pull, a)), mul(hold, a));
export const largest = (x: number) => x;

export const span = () => 4;
export const getDouble = (address: number) => memory[address / 4];
export const addDouble = (a: number, b: number) => a + b;
export const subDouble = (a: number, b: number) => a - b;
export const mulDouble = (a: number, b: number) => a * b;
export const absDouble = Math.abs;
export const zero = () => 0;
export const total = (sum: number, x: number) => sum + x;
export const getSum = (address: number) => doubles[address / 8];
export const putSum = (address: number, sum: number) => {
  doubles[address / 8] = sum;
};
export const sums = (address: number, i: number) => address + 2 * i;
export const addSum = (address: number, x: number) => putSum(address, getSum(address) + x);

const floats = new Float32Array(1);
const bits = new Int32Array(floats.buffer);
/** The bits of x as an integer, minus those of sqrt(1/2). */
const above = (x: number) => {
  floats[0] = x;
  return bits[0] - 0x3f3504f3;
};

export const indices = (i: number) => i / 4;
export const word = (x: number) => x >>> 0;
export const asWord = (x: number) => {
  floats[0] = x;
  return bits[0] >>> 0;
};
export const getWord = (address: number) => words[address / 4];
export const scalarWord = (c: number, index: number) => words[c / 4 + index];
export const doubled = (x: number) => (x << 1) >>> 0;
export const largerWord = Math.max;
export const largestWord = (x: number) => x;
export const xor = (a: number, b: number) => (a ^ b) >>> 0;
export const mulLow = (a: number, b: number) => Math.imul(a, b) >>> 0;
export const mulHigh = (a: number, b: number) =>
  Math.floor(((a >>> 16) * b + Math.floor(((a & 0xffff) * b) / 2 ** 16)) / 2 ** 16);
export const fraction = (x: number) => Math.fround(x | 0) / 2 ** 31;
export const exponent = (x: number) => above(x) >> 23;
export const significand = (x: number) => {
  bits[0] = (above(x) & 0x7fffff) + 0x3f3504f3;
  return floats[0];
};
