// Messages name the place, what was expected and what came: `adam: beta1 expected in [0,1), got 1`.

/** A value as a message shows it. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return Object.prototype.toString.call(value);
  if (typeof value === "bigint") return `${value}n`;
  return Object.is(value, -0) ? "-0" : String(value);
}

/** A value of the wrong kind: `where expected what, got value`. */
export function wrongKind(where: string, what: string, value: unknown): TypeError {
  return new TypeError(`${where} expected ${what}, got ${show(value)}`);
}

/** A value of the right kind that is not allowed: `where expected what, got value`. */
export function wrongValue(where: string, what: string, value: unknown): RangeError {
  return new RangeError(`${where} expected ${what}, got ${show(value)}`);
}

/** A loss, gradient or parameter became NaN or infinite. The parameters are the last good ones. */
export class NonFiniteError extends Error {
  override readonly name = "NonFiniteError";
  constructor(
    message: string,
    /** The step that could not be done, 1 first. */
    readonly step: number,
    /** The first parameter that is concerned, where one is. */
    readonly parameter: string | undefined,
    /** Loss and learning rate of the steps before, where `fit` knows them. */
    readonly history: { readonly loss: readonly number[]; readonly lr: readonly number[] } = { loss: [], lr: [] },
  ) {
    super(message);
  }
}
