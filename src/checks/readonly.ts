// Assignments without effect throw. JavaScript would ignore them in sloppy mode, and those to unknown names in every mode.

import { show } from "./errors.js";
import { closest } from "./suggest.js";

/** The error of an assignment to a read-only property. `advice` says what to do instead. */
export const cannotSet = (what: string, value: unknown, advice: string) =>
  new TypeError(`${what} cannot be set, got ${show(value)}; ${advice}`);

/**
 * The error of `path.name = value`. It points to `path.hyper` for a name in `hyper`, and to construction for a name in `options`.
 */
export function cannotSetProperty(
  rule: string,
  path: string,
  object: object,
  name: string,
  value: unknown,
  hyper: readonly string[],
  options: readonly string[],
): Error {
  const [first, view] = Object.entries<unknown>(Object(object[name as never]))[0] ?? [];
  const getters = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(object))).filter(([, { get }]) => get);
  const properties = [...new Set([...hyper, ...options, ...getters.map(([name]) => name)])];
  const meant = closest(name, properties);
  let advice = "it is read-only";
  if (hyper.includes(name)) advice = `set ${path}.hyper.${name}`;
  else if (view instanceof Float32Array) advice = `fill its arrays: ${path}.${name}[${show(first)}].set(array)`;
  else if (options.includes(name)) advice = "the option is read at construction";
  else if (name === "hyper" || name === "current") advice = `set ${path}.hyper.lr, or another one`;
  else if (!properties.includes(name)) advice = meant === undefined ? "there is no such property" : `did you mean ${meant}?`;
  return cannotSet(`${rule}: ${path}.${name}`, value, advice);
}

/** The error of `object.name = value`. */
export type Refusal<T extends object> = (object: T, name: string, value: unknown) => Error;

/** A prototype that refuses assignments to unknown names. Reads go to `target`. */
export const refusing = <T extends object>(refuse: Refusal<T>, target: object = Object.prototype): object =>
  new Proxy(target, {
    set(_, name, value, object) {
      throw refuse(object as T, String(name), value);
    },
  });

/**
 * Makes instances of a class refuse assignments to getters without a setter and to unknown names. `methods` accept functions only.
 */
export function refuseAssignments<T extends object>(prototype: T, refuse: Refusal<T>, methods: readonly string[] = []): void {
  for (const [name, { get, set, value: method }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    const isMethod = methods.includes(name);
    if (set || !(get || isMethod)) continue;
    Object.defineProperty(prototype, name, {
      get: get ?? (() => method),
      set(this: T, value: unknown) {
        if (!isMethod || typeof value !== "function") throw refuse(this, name, value);
        Object.defineProperty(this, name, { value, writable: true, configurable: true });
      },
    });
  }
  Object.setPrototypeOf(prototype, refusing(refuse, Object.getPrototypeOf(prototype)));
}
