// The vocabulary of the kernels: one lane (f32) or four (v128), chosen by the type argument when compiled.
// No other file says v128.load, f32x4 or isVector.
// Loops look for their end after the elements (`do … while`): only then V8 keeps what is the same for all elements, such as a
// scalar in every lane, in registers. As `for` loops they took a fifth more time: bench/ladders/adam.ts.

// Letters in the formulas and the arguments of kernels:
//   p    parameters                              g    gradients
//   x    scale * g + l2 * p, the gradient that a rule works with; in ops/ any array
//   m    mean of gradients, the first moment     v    mean of squared gradients, the second moment
//   n    a second sum or mean: of gradients (AdEMAMix), of squares (Adan, FTRL, MADGRAD)
//   s    sum of squares (AdaGrad); sum of gradients (MADGRAD, Prodigy); mean of (x - m)^2 (AdaBelief); step sizes (Rprop)
//   u    direction of the step; mean of squared steps (AdaDelta); decayed maximum of |x| (Adamax)
//   w    mean of differences of gradients (Adan)
//   h    largest v so far (AMSGrad); curvature (Sophia)
//   b    momentum buffer                         a    average of p (ASGD) or of x (RMSProp)
//   q    p at the start; x of the step before    z    second sequence of points (Schedule-Free); sum of gradients (FTRL)
//   d, o, y   results on the way to others; y in ops/ is the array that is written
//   c    address of the scalars                  r    address of the sum that a reduction writes
//   i    bytes from the start of an array; pi, xi … are its elements there
// Scalars, which have a capital letter where they fill every lane; assembly/scalars.mjs reads their names:
//   scale, l2, decay    of the prologue, for all kernels alike
//   rate, rate2         of the step and of its second term
//   eps, epsRoot        added to a root, or the least divisor; added inside a root
//   factor              of the array or the number beside it
//   alpha, beta         as in BLAS
//   low, high           bounds
//   momentum, beta2 …   decays of sums and means; gain1, gain2 … are 1 - decay of averages

// False in the scalar build, the yardstick of tests and benchmarks.
export const simd: bool = !isDefined(SCALAR);

/** Bytes that one T covers. */
export function width<T>(): usize {
  return isVector<T>() ? 16 : 4;
}

/** Bytes from the start of an array to element `index`. */
export function offset(index: u32): usize {
  return (<usize>index) << 2;
}

/** Where the last whole vector of the bytes first … last ends; the rest is the tail. */
export function vectors(first: usize, last: usize): usize {
  return simd ? first + ((last - first) & ~15) : first;
}

/** Where the last whole eight elements of the bytes first … last end, in every build: reductions depend on it. */
export function octets(first: usize, last: usize): usize {
  return first + ((last - first) & ~31);
}

/** Bytes of the blocks that a reduction sums up one by one, so that threads which share them out change no bit. */
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

/** Sets number `index` of the f32 scalars at `c`. */
export function putScalar(c: usize, index: u32, x: f32): void {
  store<f32>(c + offset(index), x);
}

/** Number `index` of the f32 scalars at `c`, in every lane. */
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

/** The larger of |a| and |b|; NaN is above all. As integers, because the bits of floats without a sign are in order. */
export function larger<T>(a: T, b: T): T {
  if (isVector<T>()) return i32x4.max_s(f32x4.abs(a as v128), f32x4.abs(b as v128)) as T;
  return f32.max(f32.abs(a as f32), f32.abs(b as f32)) as T;
}

/** `below`, `zero` or `above` according to s; `zero` where s is NaN. */
export function choose<T>(s: T, below: T, zero: T, above: T): T {
  if (isVector<T>()) {
    const none = f32x4.splat(0);
    const high = v128.bitselect(above as v128, zero as v128, f32x4.gt(s as v128, none));
    return v128.bitselect(below as v128, high, f32x4.lt(s as v128, none)) as T;
  }
  return (s as f32) > 0 ? above : (s as f32) < 0 ? below : zero;
}

/** The cube root within 4 %: a third of the bits as an integer, 709921077 being where the exponents meet. Not of 0. */
export function cbrtGuess<T>(x: T): T {
  if (isVector<T>()) {
    const third = f32x4.mul(f32x4.convert_i32x4_s(x as v128), f32x4.splat(<f32>(1.0 / 3.0)));
    return i32x4.add(i32x4.trunc_sat_f32x4_s(third), i32x4.splat(709921077)) as T;
  }
  return reinterpret<f32>(<i32>(<f32>reinterpret<i32>(x as f32) * <f32>(1.0 / 3.0)) + 709921077) as T;
}

/** x, or `bound` where x is below it; NaN stays NaN. */
export function atLeast<T>(x: T, bound: T): T {
  if (isVector<T>()) return f32x4.pmax(x as v128, bound as v128) as T;
  return ((x as f32) < (bound as f32) ? (bound as f32) : (x as f32)) as T;
}

/** x, or `bound` where x is above it; NaN stays NaN. */
export function atMost<T>(x: T, bound: T): T {
  if (isVector<T>()) return f32x4.pmin(x as v128, bound as v128) as T;
  return ((x as f32) > (bound as f32) ? (bound as f32) : (x as f32)) as T;
}

/** `bound` · sign(x): 0 where x is 0; NaN stays NaN. For 0 <= bound <= 2^104, which the least x, times 2^254, is above. */
export function signed<T>(bound: T, x: T): T {
  // One lane by a branch that is always the same; bounds would be branches that follow the sign.
  if (!isVector<T>()) return (f32.abs(x as f32) > 0 ? f32.copysign(bound as f32, x as f32) : (bound as f32) * (x as f32)) as T;
  const large = all<T>(1.7014118346046923e38); // 2^127
  return atMost(atLeast(mul(mul(x, large), large), negated(bound)), bound);
}

/** x, or 0 where x is subnormal; NaN stays NaN. */
export function flushed<T>(x: T): T {
  const least: f32 = 1.1754943508222875e-38; // 2^-126
  if (isVector<T>()) return v128.andnot(x as v128, f32x4.lt(f32x4.abs(x as v128), f32x4.splat(least))) as T;
  return (f32.abs(x as f32) < least ? <f32>0 : (x as f32)) as T;
}

/** a * b + c, rounded after each operation: no fused multiply-add, so that every engine gives the same bits. */
export function madd<T>(a: T, b: T, c: T): T {
  return add(mul(a, b), c);
}

// The forms of a kernel, its second type argument: the scalars choose one at each call. All forms that may be chosen give the same
// result for the same scalars; the fewer operations, the faster. As branches in the loop they would cost a fifth of its time.

/** The gradient as it is, no weight decay, and gains up to 1/2. */
export type Plain = u8;
/** Gains up to 1/2. */
export type Usual = u16;
/** All scalars: a kernel is called in this form. A tail of less than a vector is not worth another one. */
export type Full = u32;

function isForm<F, G>(): bool {
  return sizeof<F>() === sizeof<G>();
}

/** Whether a kernel is in the form in which it may choose another one. */
function chooses<T, F>(): bool {
  return isForm<F, Full>() && (isVector<T>() || !simd);
}

/** Where the scalars of averages begin, two for each of at most three: gain, and 1 - gain. */
const averages: u32 = 8;

/** Whether to go on in the form Plain. */
export function isPlain<T, F>(c: usize): bool {
  if (!chooses<T, F>()) return false;
  return load<f32>(c) === 1 && load<f32>(c + offset(1)) === 0 && load<f32>(c + offset(2)) === 0 && isUsual<T, F>(c);
}

/** Whether to go on in the form Usual. */
export function isUsual<T, F>(c: usize): bool {
  if (!chooses<T, F>()) return false;
  return !isLarge(c, 0) && !isLarge(c, 1) && !isLarge(c, 2);
}

/** Whether the gain of average number `index` is above 1/2. */
function isLarge(c: usize, index: u32): bool {
  return load<f32>(c + offset(averages + 2 * index)) > 0.5;
}

/** x = scale * g + l2 * p, the gradient that a rule works with. */
export function gradient<T, F>(g: T, p: T, scale: T, l2: T): T {
  if (isForm<F, Plain>()) return g;
  return madd(l2, p, mul(scale, g));
}

/** p - decay * p - step. As (1 - decay) * p - step, it would lose a decay below the precision of 1. */
export function moved<T, F>(p: T, step: T, decay: T): T {
  if (isForm<F, Plain>()) return sub(p, step);
  return sub(p, madd(decay, p, step));
}

/** The gain of average number `index`. */
export function gain<T>(c: usize, index: u32): T {
  return scalar<T>(c, averages + 2 * index);
}

/** What its lerp multiplies a by: 1 where the gain is at most 1/2, else 1 - gain. */
export function hold<T, F>(c: usize, index: u32): T {
  if (!isForm<F, Full>() || !isLarge(c, index)) return all<T>(1);
  return scalar<T>(c, averages + 2 * index + 1);
}

/** What its lerp takes away from b, as a part of a: 1 where the gain is at most 1/2, else 0. */
export function pull<T, F>(c: usize, index: u32): T {
  if (!isForm<F, Full>() || !isLarge(c, index)) return all<T>(1);
  return all<T>(0);
}

/**
 * (1 - gain) * a + gain * b, an average: a + gain * (b - a) where the gain is at most 1/2; else as it stands here, which is b at gain 1.
 * Each is wrong where the other one is used: by 1e-4 of a for a gain near 1, by 1e-5 of b for one of 0.001 (measured).
 */
export function lerp<T, F>(a: T, b: T, gain: T, hold: T, pull: T): T {
  if (isForm<F, Full>()) return madd(gain, sub(b, mul(pull, a)), mul(hold, a));
  return madd(gain, sub(b, a), a);
}

/** The largest lane of magnitudes; NaN when any is NaN. */
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

// Sums, in f64: A is f64, one element, or v128, two.

/** Bytes that one A covers of an array of f32. */
export function span<A>(): usize {
  return isVector<A>() ? 8 : 4;
}

/** Elements of an array of f32, as f64. */
export function getDouble<A>(address: usize): A {
  // Each load of its own: V8's shuffle and conversion of a loaded half cost twice as much.
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

/** sum + the elements of x, in their order. */
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

/** Where the sum of the element `i` bytes into an array is, in an array of sums. */
export function sums(address: usize, i: usize): usize {
  return address + 2 * i;
}

/** Adds the elements of x to the sums from `address` on. */
export function addSum<A>(address: usize, x: A): void {
  if (isVector<A>()) v128.store(address, addDouble(v128.load(address), x as v128));
  else store<f64>(address, addDouble(load<f64>(address), x as f64));
}

// Integers of 32 bits: I is u32, one lane, or v128, four.

/** The indices of the elements from `i` bytes into an array on. */
export function indices<I>(i: usize): I {
  if (isVector<I>()) return i32x4.add(i32x4.splat(<u32>(i >> 2)), i32x4(0, 1, 2, 3)) as I;
  return (<u32>(i >> 2)) as I;
}

/** The integer in every lane. */
export function word<I>(x: u32): I {
  if (isVector<I>()) return i32x4.splat(x) as I;
  return x as I;
}

/** The bits of a float. */
export function getWord<I>(address: usize): I {
  if (isVector<I>()) return v128.load(address) as I;
  return load<u32>(address) as I;
}

/** The bits of number `index` of the f32 scalars at `c`. */
export function scalarWord(c: usize, index: u32): u32 {
  return load<u32>(c + offset(index));
}

/** 2 * x: of the bits of a float, those without its sign. */
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

/** x / 2^31 for x as an integer with a sign: from -1 to 1. */
export function fraction<T, I>(x: I): T {
  const unit: f32 = 4.656612873077393e-10; // 2^-31
  if (isVector<T>()) return f32x4.mul(f32x4.convert_i32x4_s(x as v128), f32x4.splat(unit)) as T;
  return (<f32>(x as i32) * unit) as T;
}

/** e of x = 2^e * m, x > 0 and not subnormal, with m from sqrt(1/2) to sqrt(2). */
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
