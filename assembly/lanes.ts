// The vocabulary of the kernels: one lane (f32) or four (v128), chosen by the type argument when compiled.
// No other file says v128.load, f32x4 or isVector.

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

/** Number `index` of the f32 scalars at `c`, in every lane. */
export function scalar<T>(c: usize, index: u32): T {
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

export function abs<T>(x: T): T {
  if (isVector<T>()) return f32x4.abs(x as v128) as T;
  return f32.abs(x as f32) as T;
}

/** The larger of |a| and |b|; NaN is above all. As integers, because the bits of floats without a sign are in order. */
export function larger<T>(a: T, b: T): T {
  if (isVector<T>()) return i32x4.max_s(f32x4.abs(a as v128), f32x4.abs(b as v128)) as T;
  return f32.max(f32.abs(a as f32), f32.abs(b as f32)) as T;
}

/** 1, -1 or 0; NaN stays NaN. */
export function sign<T>(x: T): T {
  if (isVector<T>()) {
    const v = x as v128;
    const one = v128.or(v128.and(v, f32x4.splat(-0)), f32x4.splat(1));
    return v128.bitselect(one, v, f32x4.gt(f32x4.abs(v), f32x4.splat(0))) as T;
  }
  const f = x as f32;
  return (f32.abs(f) > 0 ? f32.copysign(1, f) : f) as T;
}

/** x, or `least` where x is below it; NaN stays NaN. */
export function atLeast<T>(x: T, least: T): T {
  if (isVector<T>()) return f32x4.pmax(x as v128, least as v128) as T;
  return ((x as f32) < (least as f32) ? (least as f32) : (x as f32)) as T;
}

/** x, or `most` where x is above it; NaN stays NaN. */
export function atMost<T>(x: T, most: T): T {
  if (isVector<T>()) return f32x4.pmin(x as v128, most as v128) as T;
  return ((x as f32) > (most as f32) ? (most as f32) : (x as f32)) as T;
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

/**
 * a - gain * a + gain * b: an exponential moving average, gain = 1 - decay. With decay and gain rounded to f32 apart, the
 * average would drift by 1.3e-5 at decay 0.999 (measured); and a + gain * (b - a) is not b at gain 1.
 */
export function lerp<T>(a: T, b: T, gain: T): T {
  return madd(gain, b, sub(a, mul(gain, a)));
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
