// Rules with optax's interface, for jax-js: https://github.com/ekzhang/jax-js
//   updates, state <- update(gradients, state, params)
//   params <- params + updates
// and, faster:
//   params, state <- step(gradients, state, params)
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

/** What all states of one training share. */
interface Training {
  /** The transformation whose `init()` started it. */
  readonly solver: object;
  readonly optimizer: Optimizer;
  readonly shapes: ReadonlyMap<string, Shape>;
  /** The arrays whose values the optimizer's parameters have, by name. Has no references of them. */
  readonly held: Map<string, JaxArray>;
  /** Whether others may change the optimizer's parameters. */
  exposed: boolean;
}

/** The state of a transformation. A state serves one `update()` or `step()`, which returns the next state. */
export class OptState {
  readonly #training: Training;
  #spent = false;

  /** @internal */
  constructor(training: Training) {
    this.#training = training;
  }

  /**
   * The optimizer. A parameter's name is its path in the tree, such as `layers.0.weight`, or `params` if the tree is one array. Once you
   * have read this property, each `step()` reads the parameters from their arrays, because you may write into the optimizer's.
   */
  get optimizer(): Optimizer {
    this.#training.exposed = true;
    return this.#training.optimizer;
  }

  /** @internal The training, if this transformation started it. */
  static training(state: unknown, solver: object): Training | undefined {
    if (!(state instanceof OptState)) return undefined;
    return state.#training.solver === solver ? state.#training : undefined;
  }

  /** @internal Throws if an `update()` or `step()` has used this state. */
  check(where: string): void {
    if (this.#spent)
      throw new Error(`${where} expected the state that the last update() or step() returned, got one from before`);
  }

  /** @internal The state after a step. */
  next(): OptState {
    this.#spent = true;
    return new OptState(this.#training);
  }
}

/** An optimizer as optax has it, functions without a state of their own; and `step`. */
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
  /**
   * One step, faster than `update()` and `applyUpdates()`. Returns the new parameters, bit for bit those of the optimizer, and the next
   * state. Does not read parameters that are the arrays of the last `step()`. Consumes gradients and parameters. The returned arrays are
   * yours. Does not work inside `jit`, where arrays have no values.
   * @throws As `update()`. Then nothing is changed or consumed.
   */
  step<T extends Tree<A>>(gradients: T, state: OptState, params: T): [params: T, state: OptState];
}

type Leaves<A> = Map<string, A>;
type Values = ReadonlyMap<string, Float32Array<ArrayBuffer>>;

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

/** A copy of the values. The array keeps its references, also if jax-js cannot read it. */
function read(array: JaxArray): Float32Array<ArrayBuffer> {
  const own = array.ref;
  try {
    return own.dataSync() as Float32Array<ArrayBuffer>;
  } catch (error) {
    own.dispose();
    throw error;
  }
}

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

  /** The training of a state, and the arrays of both trees. Throws if a step cannot take them. */
  function accept(gradients: Tree<A>, state: OptState, params: Tree<A> | undefined) {
    const training = OptState.training(state, solver);
    if (!training) throw wrongKind(`${where}: state`, "what init() of the same transformation returned", state);
    state.check(`${where}: state`);
    if (params === undefined) throw wrongKind(`${where}: params`, "the current parameters", params);
    const slopes = leaves(`${where}: gradients`, gradients);
    const points = leaves(`${where}: params`, params);
    match(`${where}: gradients`, slopes, training.shapes);
    match(`${where}: params`, points, training.shapes);
    const { optimizer } = training;
    optimizer.checkIdle("step");
    if (optimizer.evaluating) optimizer.step(); // throws, before the evaluation weights are overwritten
    return { training, slopes, points };
  }

  /** A step from the gradients, after setting the parameters that were read. Then consumes the arrays. */
  function run({ training: { optimizer, held }, slopes, points }: ReturnType<typeof accept>, before: Values): void {
    for (const [name, array] of slopes) optimizer.grads[name]?.set(read(array));
    for (const [name, values] of before) {
      optimizer.params[name]?.set(values);
      held.set(name, points.get(name) as A);
    }
    optimizer.step();
    held.clear();
    for (const array of [...slopes.values(), ...points.values()]) array.dispose();
  }

  const solver: GradientTransformation<A> = {
    init(params) {
      const arrays = leaves(`${where}: params`, params as Tree<A>);
      const entries = [...arrays].map(
        ([name, array]) => [name, { shape: parameterShape(array.shape), values: read(array) }] as const,
      );
      const optimizer = rule(Object.fromEntries(entries), options) as unknown as Optimizer;
      if (optimizer.sam)
        throw new TypeError(`${where}: sam expected none, got some: update() takes the gradients of one point only`);
      const shapes = new Map([...arrays].map(([name, { shape }]) => [name, [...shape]]));
      for (const array of arrays.values()) array.dispose();
      // The owner of a memory may write into it.
      return new OptState({ solver, optimizer, shapes, held: new Map(), exposed: options?.memory !== undefined });
    },

    update<T extends Tree<A>>(gradients: T, state: OptState, params?: T): [T, OptState] {
      const accepted = accept(gradients as Tree<A>, state, params as Tree<A> | undefined);
      const before: Values = new Map([...accepted.points].map(([name, array]) => [name, read(array)]));
      run(accepted, before);
      const updates = map<A, A>(where, gradients as Tree<A>, (name, { shape, device }) => {
        const moved = before.get(name) as Float32Array<ArrayBuffer>;
        const params = accepted.training.optimizer.params[name] as Float32Array;
        for (let i = 0; i < moved.length; i++) moved[i] = (params[i] as number) - (moved[i] as number);
        return numpy.array(moved, { shape: [...shape], device });
      });
      return [updates as T, state.next()];
    },

    step<T extends Tree<A>>(gradients: T, state: OptState, params: T): [T, OptState] {
      const accepted = accept(gradients as Tree<A>, state, params as Tree<A>);
      const { optimizer, held, exposed } = accepted.training;
      const before = new Map<string, Float32Array<ArrayBuffer>>();
      for (const [name, array] of accepted.points) {
        if (exposed || held.get(name) !== array) before.set(name, read(array));
        else array.ref.dispose(); // throws if the array was disposed before
      }
      run(accepted, before);
      const moved = map<A, A>(where, params as Tree<A>, (name, { shape, device }) => {
        const array = numpy.array(optimizer.params[name] as Float32Array<ArrayBuffer>, { shape: [...shape], device });
        held.set(name, array);
        return array;
      });
      return [moved as T, state.next()];
    },
  };
  return solver;
}

/** params + updates. Consumes both. */
export function applyUpdates<A extends JaxArray & { add(other: A): A }, T extends Tree<A>>(params: T, updates: T): T {
  const added = leaves("applyUpdates: updates", updates as Tree<A>);
  const arrays = leaves("applyUpdates: params", params as Tree<A>);
  match("applyUpdates: updates", added, new Map([...arrays].map(([name, { shape }]) => [name, shape])));
  return map<A, A>("applyUpdates: params", params as Tree<A>, (name, p) => p.add(added.get(name) as A)) as T;
}
