// Assignments that would change nothing throw, also where JavaScript ignores them: in code that is not strict, and to new names.

import { show } from "./errors.js";

/** The error of an assignment to what cannot be assigned, with what to do instead. */
export const cannotSet = (what: string, value: unknown, advice: string) =>
  new TypeError(`${what} cannot be set, got ${show(value)}; ${advice}`);

/** What to do instead of `opt.grads = …`. */
export function fillInstead(name: string, views: object): string {
  const [first] = Object.keys(views) as [string];
  return `fill its arrays: opt.${name}${/^[a-z_$][\w$]*$/i.test(first) ? `.${first}` : `[${show(first)}]`}.set(array)`;
}

/** The error of `object.name = value`. */
export type Refusal<T extends object> = (object: T, name: string, value: unknown) => Error;

/** What objects inherit from that refuse assignments to names which they do not have. It has what Object.prototype has. */
export const refusing = <T extends object>(refuse: Refusal<T>): object =>
  new Proxy(Object.prototype, {
    set(_, name, value, object) {
      throw refuse(object as T, String(name), value);
    },
  });

/**
 * Has instances of a class refuse assignments to getters without setters, to names that they do not have, and of anything but a
 * function to these methods.
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
  Object.setPrototypeOf(prototype, refusing(refuse));
}
