import { all, atMost, cbrtGuess, div, flushed, madd, mul } from "../lanes";

// The cube root of x >= 0, within 2 ulp. Starts from a guess within 4 %. Each of two Halley iterations cubes the relative error.
// From 8e37 up, the result is the cube root of 8e37, because larger cubes would overflow.
export function cbrt<T>(x: T): T {
  const a = atMost(flushed(x), all<T>(8e37));
  return halley(a, halley(a, cbrtGuess(a)));
}

// y * (y**3 + 2a) / (2y**3 + a)
function halley<T>(a: T, y: T): T {
  const cube = mul(mul(y, y), y);
  const two = all<T>(2);
  return mul(y, div(madd(two, a, cube), madd(two, cube, a)));
}
