// Invalid arguments that a caller might pass. Each use makes a new one, because some can be used only once.

import { createContext, runInContext } from "node:vm";

const throwing = () => {
  throw new Error("from a trap");
};
const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, throwing]));

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function cyclic(): unknown[] {
  const array: unknown[] = [1];
  array.push(array, [array, array]);
  return array;
}

function detached(): Float32Array {
  const array = new Float32Array(4);
  structuredClone(array, { transfer: [array.buffer] });
  return array;
}

class Settings {
  get lr() {
    return 0.5;
  }
}

class Point {
  w = new Float32Array(3);
  b = new Float32Array(2);
  lr = 0.5;
}

/** Objects that are not plain, each with its name in messages. */
export const notPlain: readonly (readonly [string, () => unknown])[] = [
  ["[object Promise]; is an await missing?", () => Promise.resolve({ lr: 0.5 })],
  ["[object Map]", () => new Map([["lr", 0.5]])],
  ["[object Set]", () => new Set(["lr"])],
  ["[object Date]", () => new Date(0)],
  ["[object Settings]", () => new Settings()],
  ["[object Point]", () => new Point()],
  ["one that inherits from another object", () => Object.create({ lr: 5 })],
  ["one that inherits from another object", () => Object.create(Object.assign(Object.create(null), { lr: 5 }))],
  ["[object Boolean]", () => new Boolean(false)],
  ["[object Number]", () => new Number(1)],
  ["[object String]", () => new String("lr")],
  ["[object RegExp]", () => /lr/],
  ["[object Error]", () => new Error("lr")],
  ["[object URLSearchParams]", () => new URLSearchParams("lr=1")],
  ["[object Float64Array]", () => new Float64Array(3)],
  ["[object ArrayBuffer]", () => new ArrayBuffer(8)],
  [
    "[object Arguments]",
    (...args: unknown[]) =>
      (function () {
        // biome-ignore lint/complexity/noArguments: the test needs an arguments object.
        return arguments;
      })(...(args as [])),
  ],
  ["[object Math]", () => Math],
  ["[object WeakMap]", () => new WeakMap()],
  ["[object Generator]", () => (function* () {})()],
  ["[0.5]", () => [0.5]],
  ["a function", () => () => ({ lr: 0.5 })],
  ["a class", () => Settings],
  ["an object that cannot be read", () => revoked({ lr: 0.5 })],
  ["an object that cannot be read", () => new Proxy({ lr: 0.5 }, traps)],
];

/** A plain object from another realm, which is valid. */
export const foreignPlain = () => runInContext("({ lr: 0.5 })", createContext({})) as object;

const longText = "x".repeat(1e6);
const hugeNumber = 2n ** 1_000_000n;

/** Invalid values by name. */
export const nasty: { readonly [name: string]: () => unknown } = {
  ...Object.fromEntries(notPlain.map(([name, make], i) => [`${i}: ${name}`, make])),
  ...Object.fromEntries(
    [
      undefined,
      null,
      true,
      false,
      Number.NaN,
      Infinity,
      -Infinity,
      -0,
      0,
      1,
      -1,
      2,
      3,
      0.5,
      -0.5,
      2 ** 31,
      2 ** 32,
      2 ** 53,
      1e300,
    ]
      .concat([1e-46, 3.5e38, Number.MIN_VALUE])
      .map((value) => [Object.is(value, -0) ? "-0" : String(value), () => value]),
  ),
  "the empty text": () => "",
  text: () => "0.1",
  "the text __proto__": () => "__proto__",
  "a word": () => "all",
  "a long text": () => longText,
  "a symbol": () => Symbol("lr"),
  "a symbol with a long name": () => Symbol(longText),
  "a bigint": () => 1n,
  "a huge bigint": () => hugeNumber,
  "an empty array": () => [],
  "an array": () => [1, 2, 3],
  "a long array": () => new Array(1e5).fill(1),
  "the longest array, empty": () => new Array(2 ** 32 - 1),
  "a cyclic array": cyclic,
  "a nested array": () => [
    [1, 2],
    [3, 4],
  ],
  "a revoked array": () => revoked([1]),
  "an array of traps": () => new Proxy([1, 2], { get: throwing }),
  "an array of getters": () => Object.defineProperty([1, 2], 0, { get: throwing }),
  "an empty object": () => ({}),
  "an object of no realm": () => Object.create(null),
  "another realm's object": foreignPlain,
  "an object with a getter that throws": () => ({
    get lr() {
      return throwing();
    },
    get w() {
      return throwing();
    },
  }),
  "an object with a key like no other": () => ({ [longText]: 1 }),
  "an object with a symbol": () => ({ [Symbol("lr")]: 1 }),
  "an object that is no text": () => ({ toString: throwing, valueOf: throwing, [Symbol.toPrimitive]: throwing }),
  "an object without a tag": () => Object.defineProperty({}, Symbol.toStringTag, { get: throwing }),
  "a look-alike": () => ({ [Symbol.toStringTag]: "Float32Array", length: 3, 0: 1 }),
  "a memory's look-alike": () => Object.defineProperty({}, Symbol.toStringTag, { value: "WebAssembly.Memory" }),
  "a module's look-alike": () => Object.defineProperty({}, Symbol.toStringTag, { value: "WebAssembly.Module" }),
  "a pattern's look-alike": () => Object.defineProperty({}, Symbol.toStringTag, { value: "RegExp" }),
  "a pool's look-alike": () => ({ kernelsOn() {}, size: 2, close() {} }),
  "a signal's look-alike": () => ({ aborted: 0 }),
  "a constructor that throws": () =>
    Object.create({
      get constructor() {
        return throwing();
      },
    }),
  Float32Array: () => Float32Array.of(1, 2, 3),
  "an empty Float32Array": () => new Float32Array(0),
  "a detached Float32Array": detached,
  DataView: () => new DataView(new ArrayBuffer(12)),
  "an async function": () => async () => 1,
  "a generator": () => function* () {},
  "a function of nothing": () => () => undefined,
  "a function of NaN": () => () => Number.NaN,
  "a function of text": () => () => "1",
  "a function of a function": () => () => () => 1,
  globalThis: () => globalThis,
};
