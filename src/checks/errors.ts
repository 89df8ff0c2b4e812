// Messages have the form `where expected X, got Y`: `adam: beta1 expected in [0,1), got 1`.

/** Maximum number of characters of a value in a message. */
const maxCharacters = 100;

const cut = (text: string, length = maxCharacters) => (text.length > length ? `${text.slice(0, length)}…` : text);

/** A list for a message: the first `limit` items, and the number of the others. */
export function list(count: number, item: (index: number) => string, limit = 10, separator = ", "): string {
  const items = Array.from({ length: Math.min(count, limit) }, (_, i) => item(i));
  if (count > limit) items.push(`… and ${count - limit} more`);
  return items.join(separator);
}

/** Names for a message. */
export const showNames = (names: readonly string[]) => list(names.length, (i) => cut(names[i] as string));

function showObject(value: object): string {
  const tag = Object.prototype.toString.call(value);
  const { name } = tag === "[object Object]" ? (value.constructor ?? {}) : ({} as { name?: unknown });
  const kind = typeof name === "string" && name !== "" ? `[object ${name}]` : tag;
  return tag === "[object Promise]" ? `${tag}; is an await missing?` : kind;
}

function describe(value: unknown, depth: number): string {
  if (typeof value === "string") return cut(JSON.stringify(value.slice(0, maxCharacters + 1)));
  // Printing all digits of a huge BigInt is slow.
  if (typeof value === "bigint") return BigInt.asIntN(64, value) === value ? `${value}n` : "a bigint beyond 64 bits";
  if (typeof value === "function") return isClass(value) ? "a class" : "a function";
  if (Array.isArray(value)) {
    if (depth === 2) return "[…]"; // an array may contain itself
    return `[${list(value.length, (i) => describe(value[i], depth + 1))}]`;
  }
  if (typeof value === "object" && value !== null) return showObject(value);
  return Object.is(value, -0) ? "-0" : String(value);
}

/** A value for a message, cut after 200 characters. Never throws. */
export function show(value: unknown): string {
  try {
    return cut(describe(value, 0), 2 * maxCharacters);
  } catch {
    return "an object that cannot be read"; // a revoked proxy, a getter that throws
  }
}

/** Whether a value is a class, which cannot be called. */
export const isClass = (value: unknown) =>
  typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));

/** A value of the wrong kind: `where expected what, got value`. */
export function wrongKind(where: string, what: string, value: unknown): TypeError {
  return new TypeError(`${where} expected ${what}, got ${show(value)}`);
}

/** A value of the right kind that is not allowed: `where expected what, got value`. */
export function wrongValue(where: string, what: string, value: unknown): RangeError {
  return new RangeError(`${where} expected ${what}, got ${show(value)}`);
}

/** A loss, gradient or parameter became NaN or infinite. The parameters are the last ones with a finite loss and finite gradients. */
export class NonFiniteError extends Error {
  /** Identifies this error, even if another copy of the package threw it. */
  override readonly name = "NonFiniteError";
  constructor(
    message: string,
    /** The failed step; the first step is 1. */
    readonly step: number,
    /** The first affected parameter; undefined if only the loss is not finite. */
    readonly parameter: string | undefined,
    /** Loss and learning rate of the earlier steps, if `fit` throws; else empty. */
    readonly history: {
      /** Loss before each step. */
      readonly loss: readonly number[];
      /** Learning rate of each step. */
      readonly lr: readonly number[];
    } = { loss: [], lr: [] },
  ) {
    super(message);
  }
}
