// The vocabulary of the kernels. The type argument chooses at compile time between one lane (f32) and four lanes (v128).
// Only this file uses v128, f32x4 and isVector.
// Loops test for their end after the body (`do … while`). Only then does V8 keep loop invariants in registers, for instance a
// scalar in every lane. `for` loops took a fifth more time: bench/ladders/adam.ts.

// Letters in formulas and in arguments of kernels:
//   p    parameters                              g    gradients
//   x    scale * g + l2 * p, the effective gradient of a rule; in other kernels any array
//   m    mean of gradients, the first moment     v    mean of squared gradients, the second moment
//   n    second mean of gradients (AdEMAMix); mean of squares (Adan); sum of squares (FTRL, MADGRAD)
//   s    sum of squares (AdaGrad); sum of gradients (MADGRAD, Prodigy); mean of (x - m)^2 (AdaBelief); step sizes (Rprop)
//   u    direction of the step; mean of squared steps (AdaDelta); decayed maximum of |x| (Adamax)
//   w    mean of gradient differences (Adan)
//   h    largest v so far (AMSGrad); curvature (Sophia)
//   b    momentum buffer                         a    average of p (ASGD) or of x (RMSProp)
//   q    initial p; x of the previous step       z    second sequence of points (Schedule-Free); sum of gradients (FTRL)
//   d, o, y   intermediate results; in other kernels y is the output
//   c    address of the scalars                  r    address of the sum that a reduction writes
//   i    byte offset in an array; pi, xi … are the elements there
// Scalars: assembly/scalars.mjs reads their names from the source. A capital letter marks a scalar in every lane:
//   scale, l2, decay    the prologue of all kernels
//   rate, rate2         step size; step size of the second term
//   eps, epsRoot        added to a root, or the least divisor; added inside a root
//   factor              factor of the array or number beside it
//   alpha, beta         as in BLAS
//   low, high           bounds
//   momentum, beta2 …   decays of sums and means; the gains of averages, gain1, gain2 …, are 1 - decay

// False in the scalar build, the reference of tests and benchmarks.
export const simd: bool = !isDefined(SCALAR);

/** Bytes of one T. */
export function width<T>(): usize {
  return isVector<T>() ? 16 : 4;
}

/** Byte offset of element `index`. */
export function offset(index: u32): usize {
  return (<usize>index) << 2;
}

/** End of the whole vectors in the bytes first … last. The tail follows. */
export function vectors(first: usize, last: usize): usize {
  return simd ? first + ((last - first) & ~15) : first;
}

/** End of the whole groups of eight elements in the bytes first … last, in every build. */
export function octets(first: usize, last: usize): usize {
  return first + ((last - first) & ~31);
}

/**
 * Bytes of a block. Reductions add in a fixed order, so that all builds and any number of threads give the same bits. They add block by
 * block. A block has eight sums, each of every eighth element, and then the tail.
 */
export const block: usize = 4096 << 2;

export function least(a: usize, b: usize): usize {
  return a < b ? a : b;
}

export function get<T>(address: usize): T {
  if (isVector<T>()) return v128.load(address) as T;
  return load<f32>(address) as T;
}

export function put<T>(address: usize, x: T): void {
  if (isVector<T>()) v128.store(address, x as v128);
  else store<f32>(address, x as f32);
}

/** The scalar in every lane. */
export function all<T>(x: f32): T {
  if (isVector<T>()) return f32x4.splat(x) as T;
  return x as T;
}

/** Stores f32 scalar number `index` of `c`. */
export function putScalar(c: usize, index: u32, x: f32): void {
  store<f32>(c + offset(index), x);
}

/** Loads f32 scalar number `index` of `c` into every lane. */
export function scalar<T>(c: usize, index: u32): T {
  if (isVector<T>()) return v128.load_splat<f32>(c + offset(index)) as T;
  return all<T>(load<f32>(c + offset(index)));
}

export function add<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.add(a as v128, b as v128) as T;
  return ((a as f32) + (b as f32)) as T;
}

export function sub<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.sub(a as v128, b as v128) as T;
  return ((a as f32) - (b as f32)) as T;
}

export function mul<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.mul(a as v128, b as v128) as T;
  return ((a as f32) * (b as f32)) as T;
}

export function div<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.div(a as v128, b as v128) as T;
  return ((a as f32) / (b as f32)) as T;
}

export function sqrt<T>(x: T): T {
  if (isVector<T>()) return f32x4.sqrt(x as v128) as T;
  return f32.sqrt(x as f32) as T;
}

export function negated<T>(x: T): T {
  if (isVector<T>()) return f32x4.neg(x as v128) as T;
  return -(x as f32) as T;
}

export function abs<T>(x: T): T {
  if (isVector<T>()) return f32x4.abs(x as v128) as T;
  return f32.abs(x as f32) as T;
}

/** The larger of |a| and |b|; NaN is the largest. Compared as integers, the bits of non-negative floats have the order of the floats. */
export function larger<T>(a: T, b: T): T {
  if (isVector<T>()) return i32x4.max_s(f32x4.abs(a as v128), f32x4.abs(b as v128)) as T;
  return f32.max(f32.abs(a as f32), f32.abs(b as f32)) as T;
}

/** `below` if s < 0, `above` if s > 0, else `zero`, also for NaN. */
export function choose<T>(s: T, below: T, zero: T, above: T): T {
  if (isVector<T>()) {
    const none = f32x4.splat(0);
    const high = v128.bitselect(above as v128, zero as v128, f32x4.gt(s as v128, none));
    return v128.bitselect(below as v128, high, f32x4.lt(s as v128, none)) as T;
  }
  return (s as f32) > 0 ? above : (s as f32) < 0 ? below : zero;
}

/** The cube root within 4 %: a third of the bits as an integer. 709921077 corrects the exponent. x may not be 0. */
export function cbrtGuess<T>(x: T): T {
  if (isVector<T>()) {
    const third = f32x4.mul(f32x4.convert_i32x4_s(x as v128), f32x4.splat(<f32>(1.0 / 3.0)));
    return i32x4.add(i32x4.trunc_sat_f32x4_s(third), i32x4.splat(709921077)) as T;
  }
  return reinterpret<f32>(<i32>(<f32>reinterpret<i32>(x as f32) * <f32>(1.0 / 3.0)) + 709921077) as T;
}

/** max(x, bound); NaN stays NaN. */
export function atLeast<T>(x: T, bound: T): T {
  if (isVector<T>()) return f32x4.pmax(x as v128, bound as v128) as T;
  return ((x as f32) < (bound as f32) ? (bound as f32) : (x as f32)) as T;
}

/** min(x, bound); NaN stays NaN. */
export function atMost<T>(x: T, bound: T): T {
  if (isVector<T>()) return f32x4.pmin(x as v128, bound as v128) as T;
  return ((x as f32) > (bound as f32) ? (bound as f32) : (x as f32)) as T;
}

/** `bound` · sign(x): 0 if x is 0; NaN stays NaN. Needs 0 <= bound <= 2^104: even the least |x| > 0, times 2^254, is larger. */
export function signed<T>(bound: T, x: T): T {
  // One lane branches on x = 0, which is predictable. `atLeast` and `atMost` would branch on the sign of x.
  if (!isVector<T>()) return (f32.abs(x as f32) > 0 ? f32.copysign(bound as f32, x as f32) : (bound as f32) * (x as f32)) as T;
  const large = all<T>(1.7014118346046923e38); // 2^127
  return atMost(atLeast(mul(mul(x, large), large), negated(bound)), bound);
}

/** x, or 0 if x is subnormal; NaN stays NaN. */
export function flushed<T>(x: T): T {
  const least: f32 = 1.1754943508222875e-38; // 2^-126
  if (isVector<T>()) return v128.andnot(x as v128, f32x4.lt(f32x4.abs(x as v128), f32x4.splat(least))) as T;
  return (f32.abs(x as f32) < least ? <f32>0 : (x as f32)) as T;
}

/** a * b + c, rounded after each operation. A fused multiply-add would not give the same bits on every engine. */
export function madd<T>(a: T, b: T, c: T): T {
  return add(mul(a, b), c);
}

// The second type argument of a kernel is its form. Each call chooses the form with the fewest operations that its scalars permit. All
// forms that they permit give the same result. Branches in the loop would cost a fifth of its time.

/** For scale 1, no weight decay, and gains up to 1/2. */
export type Plain = u8;
/** For gains up to 1/2. */
export type Usual = u16;
/** For all scalars. Every call begins in this form. The tail, shorter than a vector, stays in it. */
export type Full = u32;

function isForm<F, G>(): bool {
  return sizeof<F>() === sizeof<G>();
}

/** Whether the kernel may change to another form. */
function chooses<T, F>(): bool {
  return isForm<F, Full>() && (isVector<T>() || !simd);
}

/** Index of the first gain. Each of at most three averages has two scalars, gain and 1 - gain. */
const averages: u32 = 8;

/** Whether to change to the form Plain. */
export function isPlain<T, F>(c: usize): bool {
  if (!chooses<T, F>()) return false;
  return load<f32>(c) === 1 && load<f32>(c + offset(1)) === 0 && load<f32>(c + offset(2)) === 0 && isUsual<T, F>(c);
}

/** Whether to change to the form Usual. */
export function isUsual<T, F>(c: usize): bool {
  if (!chooses<T, F>()) return false;
  return !isLarge(c, 0) && !isLarge(c, 1) && !isLarge(c, 2);
}

/** Whether the gain of average `index` exceeds 1/2. */
function isLarge(c: usize, index: u32): bool {
  return load<f32>(c + offset(averages + 2 * index)) > 0.5;
}

/** x = scale * g + l2 * p, the effective gradient. */
export function gradient<T, F>(g: T, p: T, scale: T, l2: T): T {
  if (isForm<F, Plain>()) return g;
  return madd(l2, p, mul(scale, g));
}

/** p - decay * p - step. (1 - decay) * p - step would lose a decay below the precision of 1. */
export function moved<T, F>(p: T, step: T, decay: T): T {
  if (isForm<F, Plain>()) return sub(p, step);
  return sub(p, madd(decay, p, step));
}

/** The gain of average `index`. */
export function gain<T>(c: usize, index: u32): T {
  return scalar<T>(c, averages + 2 * index);
}

/** The factor of a in `lerp`: 1 for a gain of at most 1/2, else 1 - gain. */
export function hold<T, F>(c: usize, index: u32): T {
  if (!isForm<F, Full>() || !isLarge(c, index)) return all<T>(1);
  return scalar<T>(c, averages + 2 * index + 1);
}

/** The share of a that `lerp` subtracts from b: 1 for a gain of at most 1/2, else 0. */
export function pull<T, F>(c: usize, index: u32): T {
  if (!isForm<F, Full>() || !isLarge(c, index)) return all<T>(1);
  return all<T>(0);
}

/**
 * The average (1 - gain) * a + gain * b. For a gain of at most 1/2 it is computed as a + gain * (b - a), for a larger gain as
 * (1 - gain) * a + gain * b, which is b at gain 1. Measured errors: the first is off by 1e-4 of a for a gain near 1, the second by 1e-5
 * of b for a gain of 0.001.
 */
export function lerp<T, F>(a: T, b: T, gain: T, hold: T, pull: T): T {
  if (isForm<F, Full>()) return madd(gain, sub(b, mul(pull, a)), mul(hold, a));
  return madd(gain, sub(b, a), a);
}

/** The largest lane of magnitudes; NaN if any lane is NaN. */
export function largest<T>(x: T): f32 {
  if (isVector<T>()) {
    const v = x as v128;
    return f32.max(
      f32.max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
      f32.max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
    );
  }
  return x as f32;
}

// Sums in f64. A is f64 (one element) or v128 (two elements).

/** Bytes of the f32 elements that one A holds. */
export function span<A>(): usize {
  return isVector<A>() ? 8 : 4;
}

/** Loads f32 elements as f64. */
export function getDouble<A>(address: usize): A {
  // One load for two elements. In V8, one load for four and a shuffle for the upper half cost twice as much.
  if (isVector<A>()) return f64x2.promote_low_f32x4(v128.load64_zero(address)) as A;
  return (<f64>load<f32>(address)) as A;
}

export function addDouble<A>(a: A, b: A): A {
  if (isVector<A>()) return f64x2.add(a as v128, b as v128) as A;
  return ((a as f64) + (b as f64)) as A;
}

export function subDouble<A>(a: A, b: A): A {
  if (isVector<A>()) return f64x2.sub(a as v128, b as v128) as A;
  return ((a as f64) - (b as f64)) as A;
}

export function mulDouble<A>(a: A, b: A): A {
  if (isVector<A>()) return f64x2.mul(a as v128, b as v128) as A;
  return ((a as f64) * (b as f64)) as A;
}

export function absDouble<A>(x: A): A {
  if (isVector<A>()) return f64x2.abs(x as v128) as A;
  return f64.abs(x as f64) as A;
}

export function zero<A>(): A {
  if (isVector<A>()) return f64x2.splat(0) as A;
  return (<f64>0) as A;
}

/** sum + the lanes of x, in order. */
export function total<A>(sum: f64, x: A): f64 {
  if (isVector<A>()) return sum + f64x2.extract_lane(x as v128, 0) + f64x2.extract_lane(x as v128, 1);
  return sum + (x as f64);
}

export function getSum(address: usize): f64 {
  return load<f64>(address);
}

export function putSum(address: usize, sum: f64): void {
  store<f64>(address, sum);
}

/** Address of the f64 sum of the f32 element at byte `i`. The sums begin at `address`. */
export function sums(address: usize, i: usize): usize {
  return address + 2 * i;
}

/** Adds the lanes of x to the sums at `address`. */
export function addSum<A>(address: usize, x: A): void {
  if (isVector<A>()) v128.store(address, addDouble(v128.load(address), x as v128));
  else store<f64>(address, addDouble(load<f64>(address), x as f64));
}

// Integers of 32 bits. I is u32 (one lane) or v128 (four lanes).

/** Indices of the elements from byte `i` on. */
export function indices<I>(i: usize): I {
  if (isVector<I>()) return i32x4.add(i32x4.splat(<u32>(i >> 2)), i32x4(0, 1, 2, 3)) as I;
  return (<u32>(i >> 2)) as I;
}

/** The integer in every lane. */
export function word<I>(x: u32): I {
  if (isVector<I>()) return i32x4.splat(x) as I;
  return x as I;
}

/** Loads the bits of f32 elements. */
export function getWord<I>(address: usize): I {
  if (isVector<I>()) return v128.load(address) as I;
  return load<u32>(address) as I;
}

/** The bits of floats as integers. */
export function asWord<T, I>(x: T): I {
  if (isVector<T>()) return x as I;
  return reinterpret<u32>(x as f32) as I;
}

/** The bits of f32 scalar number `index` of `c`. */
export function scalarWord(c: usize, index: u32): u32 {
  return load<u32>(c + offset(index));
}

/** 2 * x. On the bits of a float it drops the sign. */
export function doubled<I>(x: I): I {
  if (isVector<I>()) return i32x4.shl(x as v128, 1) as I;
  return ((x as u32) << 1) as I;
}

export function largerWord<I>(a: I, b: I): I {
  if (isVector<I>()) return i32x4.max_u(a as v128, b as v128) as I;
  return ((a as u32) > (b as u32) ? a : b) as I;
}

/** The largest lane. */
export function largestWord<I>(x: I): u32 {
  if (!isVector<I>()) return x as u32;
  const v = x as v128;
  return largerWord<u32>(
    largerWord<u32>(i32x4.extract_lane(v, 0), i32x4.extract_lane(v, 1)),
    largerWord<u32>(i32x4.extract_lane(v, 2), i32x4.extract_lane(v, 3)),
  );
}

export function xor<I>(a: I, b: I): I {
  if (isVector<I>()) return v128.xor(a as v128, b as v128) as I;
  return ((a as u32) ^ (b as u32)) as I;
}

/** The lower 32 bits of a * b. */
export function mulLow<I>(a: I, b: I): I {
  if (isVector<I>()) return i32x4.mul(a as v128, b as v128) as I;
  return ((a as u32) * (b as u32)) as I;
}

/** The upper 32 bits of a * b. */
export function mulHigh<I>(a: I, b: I): I {
  if (isVector<I>()) {
    const low = i64x2.extmul_low_i32x4_u(a as v128, b as v128);
    return v128.shuffle<i32>(low, i64x2.extmul_high_i32x4_u(a as v128, b as v128), 1, 3, 5, 7) as I;
  }
  return (<u32>((<u64>(a as u32) * <u64>(b as u32)) >> 32)) as I;
}

/** x / 2^31 for a signed integer x: from -1 to 1. */
export function fraction<T, I>(x: I): T {
  const unit: f32 = 4.656612873077393e-10; // 2^-31
  if (isVector<T>()) return f32x4.mul(f32x4.convert_i32x4_s(x as v128), f32x4.splat(unit)) as T;
  return (<f32>(x as i32) * unit) as T;
}

/** e of x = 2^e * m, with m from sqrt(1/2) to sqrt(2). x is positive and normal. */
export function exponent<T>(x: T): T {
  if (isVector<T>()) return f32x4.convert_i32x4_s(i32x4.shr_s(i32x4.sub(x as v128, i32x4.splat(0x3f3504f3)), 23)) as T;
  return (<f32>((reinterpret<i32>(x as f32) - 0x3f3504f3) >> 23)) as T;
}

/** m of x = 2^e * m. */
export function significand<T>(x: T): T {
  if (isVector<T>()) {
    const above = i32x4.sub(x as v128, i32x4.splat(0x3f3504f3));
    return i32x4.add(v128.and(above, i32x4.splat(0x7fffff)), i32x4.splat(0x3f3504f3)) as T;
  }
  return reinterpret<f32>(((reinterpret<i32>(x as f32) - 0x3f3504f3) & 0x7fffff) + 0x3f3504f3) as T;
}
