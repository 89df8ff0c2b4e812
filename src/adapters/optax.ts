// Rules with optax's interface, for jax-js: https://github.com/ekzhang/jax-js
//   updates, state <- update(gradients, state, params)
//   params <- params + updates
// Uses the interfaces below and does not import jax-js. Arrays of jax-js have one owner: a function consumes the arrays it gets.

import { show, showNames, wrongKind, wrongValue } from "../checks/errors.js";
import type { Optimizer } from "../engine/optimizer.js";
import type { Options } from "../engine/options.js";
import type { Hypers, Slots } from "../engine/spec.js";
import type { Shape } from "../numerics/shape.js";
import type { Rule } from "../rules/define.js";

/** An array of jax-js. */
export interface JaxArray {
  /** Sizes of the axes. */
  readonly shape: number[];
  /** The type of its elements: "float32" here. */
  readonly dtype: string;
  /** The device that holds it. */
  readonly device: string;
  /** One more reference, for another owner. */
  readonly ref: this;
  /** A copy of the values: a Float32Array for float32. Consumes the array. */
  dataSync(): ArrayLike<number>;
  /** Drops this owner's reference. */
  dispose(): void;
}

/** The part of jax-js's `numpy` that `optax` uses. */
export interface JaxNumpy<A extends JaxArray> {
  /** Makes an array of values in row-major order. */
  // biome-ignore lint/suspicious/noExplicitAny: jax-js has its own type for devices.
  array(values: Float32Array<ArrayBuffer>, options: { shape: number[]; device: any }): A;
}

/** An array, or a list or a plain object of trees. */
export type Tree<A> = A | Tree<A>[] | { [key: string]: Tree<A> };

/** The state of a transformation. A state serves one `update()`, which returns the next state. */
export class OptState {
  /** The optimizer. A parameter's name is its path in the tree, such as `layers.0.weight`, or `params` if the tree is one array. */
  readonly optimizer: Optimizer;
  #spent = false;

  /** @internal */
  constructor(optimizer: Optimizer) {
    this.optimizer = optimizer;
  }

  /** @internal Throws if an `update()` has used this state. */
  check(where: string): void {
    if (this.#spent) throw new Error(`${where} expected the state that the last update() returned, got one from before`);
  }

  /** @internal The state after a step. */
  next(): OptState {
    this.#spent = true;
    return new OptState(this.optimizer);
  }
}

/** An optimizer as optax has it: two functions without a state of their own. */
export interface GradientTransformation<A extends JaxArray> {
  /**
   * The initial state. Consumes the arrays, which must have dtype float32.
   * @throws TypeError or RangeError as the rule does, and for other leaves. The arrays are then not consumed.
   */
  init<T extends Tree<A>>(params: T): OptState;
  /**
   * One step. Returns the updates, to be added to the parameters, and the next state. `params` is required. Consumes gradients and
   * parameters. Does not work inside `jit`, where arrays have no values.
   * @throws NonFiniteError as `step()`; TypeError or RangeError if trees do not match; Error for a state that was used before. Then
   * nothing is changed or consumed.
   */
  update<T extends Tree<A>>(gradients: T, state: OptState, params?: T): [updates: T, state: OptState];
}

type Leaves<A> = Map<string, A>;

const isLeaf = <A>(tree: Tree<A>): tree is A => typeof (tree as { dataSync?: unknown } | null)?.dataSync === "function";

/** The tree with `leaf(name, array)` in place of each leaf. Throws a TypeError for a value that is not a tree. */
function map<A, B>(where: string, tree: Tree<A>, leaf: (name: string, array: A) => B, path = ""): Tree<B> {
  if (isLeaf(tree)) return leaf(path || "params", tree);
  const below = (key: string | number) => (path ? `${path}.${key}` : String(key));
  if (Array.isArray(tree)) return tree.map((child, i) => map(where, child, leaf, below(i)));
  if (typeof tree === "object" && tree !== null && Object.getPrototypeOf(tree) === Object.prototype) {
    const children = Object.entries<Tree<A>>(tree as { [key: string]: Tree<A> });
    return Object.fromEntries(children.map(([key, child]) => [key, map(where, child, leaf, below(key))]));
  }
  throw wrongKind(
    path ? `${where} ${show(path)}` : where,
    "an array of jax-js outside of jit, or a list or plain object of them",
    tree,
  );
}

/** The arrays of a tree, by name. */
function leaves<A extends JaxArray>(where: string, tree: Tree<A>): Leaves<A> {
  const found: Leaves<A> = new Map();
  map(where, tree, (name, array) => {
    if (found.has(name)) throw new TypeError(`${where} expected different names, got ${show(name)} twice`);
    if (array.dtype !== "float32") throw wrongKind(`${where} ${show(name)}`, "dtype float32", array.dtype);
    found.set(name, array);
  });
  return found;
}

/** Throws unless both have the same names and shapes. */
function match(where: string, found: Leaves<JaxArray>, expected: ReadonlyMap<string, Shape>): void {
  const names = [...expected.keys()];
  if (found.size !== expected.size || !names.every((name) => found.has(name)))
    throw new TypeError(`${where} expected ${showNames(names)}, got ${showNames([...found.keys()])}`);
  for (const [name, { shape }] of found) {
    if (String(shape) !== String(expected.get(name)))
      throw wrongValue(`${where} ${show(name)}`, `shape ${show(expected.get(name))}`, shape);
  }
}

// Rules have no scalars: a scalar becomes a vector of one element.
const parameterShape = (shape: number[]) => (shape.length === 0 ? [1] : shape);

const read = (array: JaxArray) => array.ref.dataSync() as Float32Array<ArrayBuffer>;

/**
 * A rule as a gradient transformation of optax, for trees of jax-js arrays: `optax(np, adam, { lr: 1e-3 })`. A step copies the arrays
 * from their device, runs outside of jax-js, and makes new arrays on the same device.
 * @throws TypeError unless `numpy` is jax-js's and `rule` a rule. `init` checks the options.
 */
export function optax<A extends JaxArray, H extends Hypers, S extends Slots>(
  numpy: JaxNumpy<A>,
  rule: Rule<H, S>,
  options?: Options<H, string>,
): GradientTransformation<A> {
  if (typeof numpy?.array !== "function") throw wrongKind("optax: numpy", "jax-js's numpy", numpy);
  if (typeof rule !== "function" || !rule.spec) throw wrongKind("optax: rule", "a rule, such as adam", rule);
  const { name: where } = rule.spec;
  const shapes = new WeakMap<Optimizer, ReadonlyMap<string, Shape>>();

  return {
    init(params) {
      const arrays = leaves(`${where}: params`, params as Tree<A>);
      const entries = [...arrays].map(
        ([name, array]) => [name, { shape: parameterShape(array.shape), values: read(array) }] as const,
      );
      const optimizer = rule(Object.fromEntries(entries), options) as unknown as Optimizer;
      if (optimizer.sam)
        throw new TypeError(`${where}: sam expected none, got some: update() takes the gradients of one point only`);
      shapes.set(optimizer, new Map([...arrays].map(([name, { shape }]) => [name, [...shape]])));
      for (const array of arrays.values()) array.dispose();
      return new OptState(optimizer);
    },

    update<T extends Tree<A>>(gradients: T, state: OptState, params?: T): [T, OptState] {
      const expected = state instanceof OptState ? shapes.get(state.optimizer) : undefined;
      if (!expected) throw wrongKind(`${where}: state`, "what init() of the same transformation returned", state);
      state.check(`${where}: state`);
      if (params === undefined) throw wrongKind(`${where}: params`, "the current parameters", params);
      const slopes = leaves(`${where}: gradients`, gradients as Tree<A>);
      const points = leaves(`${where}: params`, params as Tree<A>);
      match(`${where}: gradients`, slopes, expected);
      match(`${where}: params`, points, expected);

      const { optimizer } = state;
      const before = new Map([...points].map(([name, array]) => [name, read(array)]));
      for (const [name, array] of slopes) optimizer.grads[name]?.set(read(array));
      for (const [name, values] of before) optimizer.params[name]?.set(values);
      optimizer.step();

      const updates = map<A, A>(where, gradients as Tree<A>, (name, { shape, device }) => {
        const moved = before.get(name) as Float32Array<ArrayBuffer>;
        const params = optimizer.params[name] as Float32Array;
        for (let i = 0; i < moved.length; i++) moved[i] = (params[i] as number) - (moved[i] as number);
        return numpy.array(moved, { shape: [...shape], device });
      });
      for (const array of [...slopes.values(), ...points.values()]) array.dispose();
      return [updates as T, state.next()];
    },
  };
}

/** params + updates. Consumes both. */
export function applyUpdates<A extends JaxArray & { add(other: A): A }, T extends Tree<A>>(params: T, updates: T): T {
  const added = leaves("applyUpdates: updates", updates as Tree<A>);
  const arrays = leaves("applyUpdates: params", params as Tree<A>);
  match("applyUpdates: updates", added, new Map([...arrays].map(([name, { shape }]) => [name, shape])));
  return map<A, A>("applyUpdates: params", params as Tree<A>, (name, p) => p.add(added.get(name) as A)) as T;
}
