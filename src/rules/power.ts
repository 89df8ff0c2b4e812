import { checkInteger } from "../checks/check.js";
import { wrongKind } from "../checks/errors.js";
import * as arithmetic from "../numerics/arithmetic.js";

/**
 * base ** exponent by multiplications alone: the same bits in every engine, unlike `**` and Math.pow. For bias corrections in rules of one's
 * own: `1 - power(beta1, t)`.
 * @param base Any number.
 * @param exponent An integer of at least 0.
 * @throws TypeError or RangeError for anything else.
 * @example
 * ```ts
 * console.log(power(0.5, 3)); // prints 0.125
 * ```
 */
export function power(base: number, exponent: number): number {
  if (typeof base !== "number") throw wrongKind("power: base", "a number", base);
  checkInteger("power: exponent", 0, exponent);
  return arithmetic.power(base, exponent);
}
