// Functions that engines compute differently in Math, here from + - * / alone, so that all give the same bits.

/** base ** exponent for an exponent of 0, 1, 2, …, by repeated squaring. */
export function power(base: number, exponent: number): number {
  let result = 1;
  for (let square = base, rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
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
