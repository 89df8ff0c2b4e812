// TensorFlow.js optimizers that run the rules.

import {
  dispose,
  div,
  mul,
  type NamedTensorMap,
  type Scalar,
  serialization,
  type Tensor,
  Optimizer as TensorFlowOptimizer,
  type Variable,
} from "@tensorflow/tfjs-core";
import type { Group } from "../../engine/group.js";
import type { Optimizer } from "../../engine/optimizer.js";
import type { HyperSettings, Hypers, HyperValues, Slots, Spec } from "../../engine/spec.js";
import type { Rule } from "../../rules/define.js";
import { refuseAssignments } from "./assignments.js";
import { fromBuiltIn } from "./builtIns.js";
import { type Config, fromConfig } from "./config.js";
import { Engines } from "./engines.js";
import { checkVariables, readGradients, readLoss, readWeights } from "./input.js";
import { readTfjsOptions, type TfjsOptions, type TfjsSettings } from "./options.js";
import { fromTensors, isOurs, type NamedTensor, toTensors } from "./saved.js";

/** A rule that makes optimizers for TensorFlow.js. */
export type TfjsRule<H extends Hypers, S extends Slots> = (options?: TfjsOptions<H>) => TfjsOptimizer<H, S>;

/**
 * A `tf.Optimizer` with the steps of a rule, for `model.compile`, `minimize` and `applyGradients`. Identifies variables by name, from
 * their first gradient on. A step does not change a variable without a gradient, nor its state and count of steps.
 */
// biome-ignore lint/suspicious/noExplicitAny: as in Optimizer.
export abstract class TfjsOptimizer<H extends Hypers = any, S extends Slots = any> extends TensorFlowOptimizer {
  readonly #spec: Spec<H, S>;
  readonly #settings: TfjsSettings<H, S>;
  readonly #engines: Engines<H, S>;
  // The schedules that must be set again after loading, each with a stand-in.
  readonly #missing: ReadonlyMap<string, unknown>;
  // The variables with accumulated gradients, and the number of calls since the last step.
  #added: { readonly names: readonly string[]; count: number } | undefined;
  #weights: NamedTensor[] = [];
  #disposed = false;

  /** @internal */
  constructor(spec: Spec<H, S>, given: unknown, missing: readonly string[] = []) {
    super();
    // The stand-ins are schedules, too. So the state that a schedule may need is allocated.
    this.#missing = new Map(missing.map((name) => [name, () => spec.hyper[name]?.[0]]));
    const options = missing.length > 0 ? { ...(given as object), ...Object.fromEntries(this.#missing) } : given;
    this.#spec = spec;
    this.#settings = readTfjsOptions(spec, options);
    this.#engines = new Engines(spec, this.#settings);
    this.iterations_ = 0;
  }

  /** The description of the rule. */
  get spec(): Spec<H, S> {
    return this.#spec;
  }

  /**
   * The settings of the hyper-parameters: numbers, or schedules `(t) => number`. An assignment is checked as in the constructor, and takes
   * effect at the next step.
   */
  get hyper(): HyperSettings<H> {
    return this.#settings.defaults.settings;
  }

  /** The learning rate; of a schedule, its number in the last step. Setting it sets `hyper.lr`. */
  get learningRate(): number {
    return this.current.lr as number;
  }

  set learningRate(lr: HyperSettings<H>["lr"]) {
    this.hyper.lr = lr;
  }

  /** Sets `hyper.lr`. */
  setLearningRate(lr: HyperSettings<H>["lr"]): void {
    this.hyper.lr = lr;
  }

  /** The engine; undefined before the first step. */
  // biome-ignore lint/suspicious/noExplicitAny: its parameters have the names of variables.
  get #optimizer(): Optimizer<any, H, S> | undefined {
    return this.#engines.live?.optimizer;
  }

  /** The hyper-parameters as numbers: those of the last step, or set since. */
  get current(): HyperValues<H> {
    return this.#settings.defaults.current;
  }

  /** The numbers that the rule carries from step to step, by name, in the first group. */
  get carry(): { readonly [name: string]: number } {
    return this.#engines.live?.carry ?? this.spec.carry ?? {};
  }

  /**
   * The groups of the option `groups`; empty before the first gradient. If variables of a group had gradients in different steps, the group
   * splits: then this lists all groups, including those of variables in no group.
   */
  get groups(): readonly Group<H, S>[] {
    return this.#engines.live?.groups ?? [];
  }

  /** The norm of all gradients in the last step, before `clipNorm`; NaN without `clipNorm`. */
  get gradNorm(): number {
    return this.#optimizer?.gradNorm ?? this.#engines.waiting.gradients.norm;
  }

  /** The factor of `lossScale`, or 1. `minimize` multiplies the loss by it. Before `applyGradients`, multiply the loss yourself. */
  get lossScale(): number {
    const { lossScale } = this.#engines.waiting.gradients;
    return this.#optimizer?.lossScale ?? lossScale?.factor ?? this.#settings.gradients.lossScale?.initial ?? 1;
  }

  /** Number of steps skipped because a gradient was not finite. */
  get skipped(): number {
    return this.#optimizer?.skipped ?? this.#engines.waiting.gradients.skipped;
  }

  /**
   * One step with the gradients of f(). With `sam`, calls f() twice, the second time at the shifted variables; `tf.keep` inside f(), as in
   * the metrics of `fit`, then keeps tensors of both calls.
   * @throws as `computeGradients` and `applyGradients`.
   */
  override minimize(f: () => Scalar, returnCost = false, varList?: Variable[]): Scalar | null {
    this.#admit("minimize");
    const value = this.#descend(f, varList, (gradients) => {
      if (this.#sam) this.#take("minimize", gradients, (optimizer) => optimizer.shift(), false);
      else this.applyGradients(gradients);
    });
    if (this.#sam) {
      try {
        this.#descend(f, varList, (gradients) => this.#take("minimize", gradients, (optimizer) => optimizer.step())).dispose();
      } catch (error) {
        if (this.#optimizer?.shifted) this.#engines.live?.change((optimizer) => optimizer.unshift());
        value.dispose();
        throw error;
      }
    }
    if (returnCost) return value;
    value.dispose();
    return null;
  }

  /**
   * The value of f(), and its gradients by name with respect to the trainable variables in `varList`; default: all trainable variables.
   * @throws TypeError or RangeError unless f() is a scalar and `varList` has variables only; Error if none is trainable.
   */
  override computeGradients(f: () => Scalar, varList?: Variable[]): { value: Scalar; grads: NamedTensorMap } {
    const { name } = this.spec;
    const loss = readLoss(name, f);
    checkVariables(name, varList);
    return super.computeGradients(loss, varList);
  }

  /**
   * One step; with `accumulate`, one micro-batch of a step. Does nothing without gradients.
   * @throws NonFiniteError if a gradient is NaN or infinite, with `nonFinite: "throw"`; TypeError or RangeError if a gradient belongs to
   * no variable; TypeError with `sam`, which needs `minimize`; Error between `eval()` and `train()`, after `dispose()`, and while a
   * loaded schedule is not set. Then nothing is changed.
   */
  override applyGradients(gradients: NamedTensorMap | NamedTensor[]): void {
    if (this.#sam) throw new TypeError(`${this.spec.name}: sam expected minimize(), which finds both gradients of a step`);
    const act = (optimizer: Optimizer, names: readonly string[]) => {
      if (this.#settings.averaged > 1) this.#add(optimizer, names);
      else optimizer.step();
    };
    this.#take("applyGradients", gradients, act, (this.#added?.count ?? 0) + 1 >= this.#settings.averaged);
  }

  /**
   * Updates the rule's state from gradients of another function than the loss, without a step (Sophia: the curvature).
   * @throws TypeError if the rule does not observe gradients; else as `applyGradients`.
   */
  observeGradients(gradients: NamedTensorMap | NamedTensor[]): void {
    this.#take("observeGradients", gradients, (optimizer) => optimizer.observe());
  }

  /**
   * Switches the variables to the evaluation weights: the average of `ema` or `swa`, else Lookahead's slow weights, else the rule's own
   * (Schedule-Free, ASGD). Validate and save with them. `train()` switches back. Does nothing without evaluation weights, or in a
   * second call.
   * @throws Error if it is unclear which variables belong to loaded state; after `dispose()`.
   */
  eval(): void {
    this.#optimizer?.checkIdle("eval");
    this.#checkUsable("eval");
    this.#engines.findWaiting();
    this.#engines.live?.change((optimizer) => optimizer.eval());
  }

  /** Restores the training weights after `eval()`, bit for bit. */
  train(): void {
    this.#optimizer?.checkIdle("train");
    this.#checkUsable("train");
    if (this.#optimizer?.evaluating) this.#engines.live?.change((optimizer) => optimizer.train());
  }

  /** Frees all memory. The optimizer cannot be used afterwards. */
  override dispose(): void {
    this.#optimizer?.checkIdle("dispose");
    this.#forget();
    this.#engines.dispose();
    this.#disposed = true;
  }

  /** The number of steps and the state, by variable name. The next step, `getWeights()` or `dispose()` frees the tensors. */
  override async getWeights(): Promise<NamedTensor[]> {
    this.#checkUsable("getWeights");
    this.#forget();
    this.#weights = toTensors(this.spec.name, this.#engines.save());
    this.#weights.unshift(await this.saveIterations());
    return [...this.#weights];
  }

  /**
   * Continues from saved weights. A variable's first gradient finds its state by name. If that fails, numbers that TensorFlow.js appends
   * to make names unique are ignored. Weights of a built-in optimizer work if the rule has the same formula.
   * @throws TypeError or RangeError unless the weights are from `getWeights()` of the same rule; Error after `dispose()`. Then nothing is
   * changed.
   */
  override async setWeights(weights: NamedTensor[]): Promise<void> {
    const { spec } = this;
    this.#checkUsable("setWeights");
    const tensors = readWeights(`${spec.name}: setWeights`, weights);
    const hypers = [this.#settings.defaults, ...this.#settings.groups.map(({ hyper }) => hyper)];
    const saved = await (isOurs(tensors) ? fromTensors(spec.name, tensors) : fromBuiltIn(spec, hypers, tensors));
    this.#checkUsable("setWeights");
    this.#engines.load(saved);
    this.#added = undefined;
    this.iterations_ = saved.t;
  }

  /** The options, for JSON. Schedules are not saved: set them again before the next step. */
  getConfig(): Config {
    return this.#settings.config(this.#engines.frozen);
  }

  /**
   * An optimizer with the options that `getConfig()` returned.
   * @nocollapse
   */
  static override fromConfig<T extends serialization.Serializable>(
    cls: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T {
    const { options, missing } = fromConfig(`${cls.className}.fromConfig()`, config);
    return new cls(options, missing);
  }

  get #sam(): boolean {
    return this.#settings.sam !== undefined;
  }

  /** Computes the gradients of f() and passes them to `take`. Returns the value of f(). */
  #descend(f: () => Scalar, varList: Variable[] | undefined, take: (gradients: NamedTensorMap | NamedTensor[]) => void): Scalar {
    const scale = this.lossScale;
    const loss = readLoss(this.spec.name, f);
    const { value, grads } = this.computeGradients(scale === 1 ? f : () => mul(loss(), scale), varList);
    try {
      // In the list's order.
      const listed = varList?.map(({ name }) => ({ name, tensor: grads[name] as Tensor }));
      take(listed ?? grads);
    } catch (error) {
      value.dispose();
      throw error;
    } finally {
      dispose(grads);
    }
    if (scale === 1) return value;
    const cost = div<Scalar>(value, scale);
    value.dispose();
    return cost;
  }

  /** Accumulates the gradients of these variables. The last micro-batch makes the step. */
  #add(optimizer: Optimizer, names: readonly string[]): void {
    optimizer.accumulate();
    this.#added ??= { names, count: 0 };
    this.#added.count += 1;
    if (this.#added.count < this.#settings.averaged) return;
    this.#added = undefined;
    try {
      optimizer.step();
    } catch (error) {
      optimizer.discard();
      throw error;
    }
  }

  #checkUsable(method: string): void {
    if (this.#disposed) throw new Error(`${this.spec.name}: ${method}() expected an optimizer that is not disposed`);
  }

  /** Throws unless a step is possible now. */
  #admit(method: string): void {
    const { name } = this.spec;
    this.#optimizer?.checkIdle(method);
    this.#checkUsable(method);
    const missing = [...this.#missing].filter(([option, standIn]) => this.hyper[option] === standIn).map(([option]) => option);
    if (missing.length > 0)
      throw new Error(
        `${name}: ${method}() expected these schedules to be set in hyper first, because they are not saved: ${missing.join(", ")}`,
      );
    if (this.#optimizer?.evaluating)
      throw new Error(`${name}: ${method}() expected train() first: the parameters are those of eval()`);
  }

  /** Runs `act` on the engine with these gradients. `asks`: the call asks the schedules. */
  #take(
    method: string,
    given: NamedTensorMap | NamedTensor[],
    act: (optimizer: Optimizer, names: readonly string[]) => void,
    asks = true,
  ): void {
    this.#admit(method);
    const where = `${this.spec.name}: ${method}()`;
    let gradients = readGradients(where, given);
    if (gradients.size === 0) return;
    this.#forget();
    const live = this.#engines.find(gradients, this.#added?.names);
    if (asks) {
      // Before any address is read: a schedule may make tensors, which grows the memory, and assign or dispose variables.
      live.optimizer.askSchedules();
      gradients = readGradients(where, given);
      if (this.#engines.live !== live || !live.holds(gradients))
        throw new Error(`${where} expected schedules that leave the optimizer, its variables and the backend in place`);
    }
    live.take(gradients, (optimizer) => act(optimizer, [...gradients.keys()]));
    this.iterations_ = this.#optimizer?.t ?? 0;
  }

  #forget(): void {
    dispose(this.#weights.map(({ tensor }) => tensor));
    this.#weights = [];
  }
}

const capitalized = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

/** A rule for TensorFlow.js. Registers the class of its optimizers as `SimdescentAdam` and the like. */
export function wrap<H extends Hypers, S extends Slots>({ spec }: Rule<H, S>): TfjsRule<H, S> {
  class Wrapped extends TfjsOptimizer<H, S> {
    static readonly className = `Simdescent${capitalized(spec.name)}`;

    constructor(options?: unknown, missing?: readonly string[]) {
      super(spec, options, missing);
    }
  }
  refuseAssignments(Wrapped.prototype, spec);
  serialization.registerClass(Wrapped);
  return (options) => new Wrapped(options);
}
