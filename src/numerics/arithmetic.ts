// Powers, exponentials, logarithms and cosines from + - * / alone. Those of Math differ between engines in their last bits.

// The cache of power(), for the last 8 pairs of base and block = ⌊exponent / 64⌋: high = base ** (64·block), low k = base ** k for k < 64.
const cacheSize = 8;
const bases = new Float64Array(cacheSize).fill(Number.NaN);
const blocks = new Float64Array(cacheSize);
const highs = new Float64Array(cacheSize);
const lows = new Float64Array(cacheSize * 64);
let oldest = 0;

/**
 * base ** exponent for an integer exponent >= 0: (base ** 64) ** ⌊exponent / 64⌋, by repeated squaring, times base ** (exponent % 64).
 * Consecutive steps find both factors in the cache. The cache changes no bit. V8 inlines a function this short, and so does not
 * box its result.
 */
export function power(base: number, exponent: number): number {
  const i = recall(base, exponent);
  return (highs[i] as number) * (lows[64 * i + (exponent & 63)] as number);
}

function recall(base: number, exponent: number): number {
  const block = Math.floor(exponent / 64);
  for (let i = 0; i < cacheSize; i++) if (bases[i] === base && blocks[i] === block) return i;
  return remember(base, block);
}

function remember(base: number, block: number): number {
  const i = oldest;
  oldest = (oldest + 1) % cacheSize;
  bases[i] = base;
  blocks[i] = block;
  let low = 1;
  for (let k = 64 * i; k < 64 * i + 64; k++, low *= base) lows[k] = low;
  let high = 1;
  // An infinite rest would never halve to 0.
  for (let square = low, rest = Math.min(block, Number.MAX_VALUE); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) high *= square;
    square *= square;
  }
  highs[i] = high;
  return i;
}

// 1/k! and 1/(2k + 1): multiplying takes a fifth of the time of dividing.
const factorials = new Float64Array(17).fill(1);
for (let k = 2; k <= 16; k++) factorials[k] = (factorials[k - 1] as number) / k;
const odds = Float64Array.from({ length: 12 }, (_, i) => 1 / (2 * i + 1));

// Input and output of the series. V8 boxes the numbers that a function takes and returns unless it inlines the function. It may not
// inline a function with a loop.
const register = new Float64Array(2);

/** register[0] ← e ** register[0]: Taylor's series at −|x| / 2 ** halvings, then as many squarings. */
function exponentiate(): void {
  const x = Math.abs(register[0] as number);
  let halvings = 0;
  let part = -x;
  for (; part < -0.5 && halvings < 11; part /= 2) halvings += 1;
  let sum = 0;
  for (let k = 16; k >= 0; k--) sum = (factorials[k] as number) + part * sum; // the first omitted term is below 2^-64
  for (; halvings > 0; halvings--) sum *= sum;
  if (x > 745) sum = 0; // below the smallest double
  register[0] = (register[0] as number) > 0 ? 1 / sum : sum;
}

/** register[0] ← ln(register[0]) = exponent·ln 2 + ln rest, where ln rest = 2·artanh((rest − 1) / (rest + 1)) by Taylor's series. */
function takeLogarithm(): void {
  let rest = (register[0] as number) / 2; // a fraction from the start: V8 would box it when an integer becomes one
  let exponent = 1;
  for (; rest > Math.SQRT2; rest /= 2) exponent += 1;
  for (; rest < Math.SQRT1_2; rest *= 2) exponent -= 1;
  const y = (rest - 1) / (rest + 1); // at most 0.172
  let sum = 0;
  for (let k = 11; k >= 0; k--) sum = (odds[k] as number) + y * y * sum; // the first omitted term is below 2^-66
  register[0] = exponent * Math.LN2 + 2 * y * sum;
}

/** e ** x. */
export function exponential(x: number): number {
  register[0] = x;
  exponentiate();
  return register[0] as number;
}

/** The natural logarithm of x > 0. */
export function logarithm(x: number): number {
  register[0] = x;
  takeLogarithm();
  return register[0] as number;
}

/** register[0] ← register[0] ** register[1]. */
function raiseRegister(): void {
  const base = register[0] as number;
  const exponent = register[1] as number;
  if (!(base > 0 && base < Infinity)) register[0] = exponent === 0 ? 1 : exponent > 0 ? base : 1 / base;
  else {
    takeLogarithm();
    register[0] = (register[0] as number) * exponent;
    exponentiate();
  }
}

/** cell[0] ← cell[0] ** cell[1]: `raise` without arguments that V8 would box. */
export function raiseIn(cell: Float64Array): void {
  register[0] = cell[0] as number;
  register[1] = cell[1] as number;
  raiseRegister();
  cell[0] = register[0];
}

/** base ** exponent for base >= 0 and any exponent. */
export function raise(base: number, exponent: number): number {
  register[0] = base;
  register[1] = exponent;
  raiseRegister();
  return register[0] as number;
}

// Taylor's series in y², smallest term first. At |y| <= pi/4 the first omitted term is below 2^-58.
function series(y: number, last: number): number {
  let sum = 1;
  for (let k = last; k >= 2; k -= 2) sum = 1 - (y * y * sum) / ((k - 1) * k);
  return sum;
}

const sine = (y: number) => y * series(y, 17);
const cosine = (y: number) => series(y, 16);

/** cos(pi * x) for x from 0 to 1. Exact at 0, 1/2 and 1. */
export function cosinePi(x: number): number {
  if (x > 0.5) return -cosinePi(1 - x);
  return x > 0.25 ? sine(Math.PI * (0.5 - x)) : cosine(Math.PI * x);
}
