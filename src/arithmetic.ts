// Functions that engines compute differently in Math, here from + - * / alone, so that all give the same bits.

/** base ** exponent for an exponent of 0, 1, 2, …, by repeated squaring. */
export function power(base: number, exponent: number): number {
  // Bits of an int32 are faster to take than those of a double: with the latter, a step of Adam at t = 10^6 took 577 ns, now 342.
  if (exponent > 0x7fffffff) return power(base, exponent % 2) * power(base * base, Math.floor(exponent / 2));
  let result = 1;
  for (let square = base, rest = exponent | 0; rest > 0; rest >>= 1) {
    if (rest & 1) result *= square;
    square *= square;
  }
  return result;
}

/** e ** x: Taylor's series for a small part of x, squared again. */
export function exponential(x: number): number {
  if (x > 0) return 1 / exponential(-x);
  if (x < -745) return 0; // below the smallest double
  let halvings = 0;
  let part = x;
  for (; part < -0.5; part /= 2) halvings += 1;
  let sum = 1;
  for (let k = 16; k >= 1; k--) sum = 1 + (part * sum) / k; // the first term left out is below 2^-64
  for (; halvings > 0; halvings--) sum *= sum;
  return sum;
}

/** The natural logarithm of x > 0: of its power of 2, and Taylor's series of 2·artanh for the rest. */
export function logarithm(x: number): number {
  let rest = x / 2; // never an integer to V8, which would box the fractions that follow
  let exponent = 1;
  for (; rest > Math.SQRT2; rest /= 2) exponent += 1;
  for (; rest < Math.SQRT1_2; rest *= 2) exponent -= 1;
  const y = (rest - 1) / (rest + 1); // at most 0.172
  let sum = 0;
  for (let k = 23; k >= 1; k -= 2) sum = 1 / k + y * y * sum; // the first term left out is below 2^-66
  return exponent * Math.LN2 + 2 * y * sum;
}

/** base ** exponent for a base of at least 0 and any exponent. */
export function raise(base: number, exponent: number): number {
  if (base === 0) return exponent === 0 ? 1 : 0;
  return exponential(exponent * logarithm(base));
}

// Taylor series in y², from the smallest term inwards: at |y| <= pi/4 the first term left out is below 2^-58.
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
