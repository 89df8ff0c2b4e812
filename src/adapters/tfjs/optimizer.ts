// Optimizers of TensorFlow.js that do the steps of the rules.

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
 * A `tf.Optimizer` that does the steps of a rule: for `model.compile`, `minimize` and `applyGradients`. It knows variables from their
 * first gradient on, by name. A variable without a gradient is left alone, with its state and count of steps.
 */
// biome-ignore lint/suspicious/noExplicitAny: as in Optimizer.
export abstract class TfjsOptimizer<H extends Hypers = any, S extends Slots = any> extends TensorFlowOptimizer {
  readonly #spec: Spec<H, S>;
  readonly #settings: TfjsSettings<H, S>;
  readonly #engines: Engines<H, S>;
  // The schedules that were not saved, each with what stands in for it.
  readonly #missing: ReadonlyMap<string, unknown>;
  // The variables of the gradients accumulated since the last step, and the number of calls.
  #added: { readonly names: readonly string[]; count: number } | undefined;
  #weights: NamedTensor[] = [];
  #disposed = false;

  /** @internal */
  constructor(spec: Spec<H, S>, given: unknown, missing: readonly string[] = []) {
    super();
    // Schedules, so that there is the state that schedules need.
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
   * The hyper-parameters as they are set: numbers, or schedules `(t) => number`. Assigning checks like the constructor and takes
   * effect at the next step.
   */
  get hyper(): HyperSettings<H> {
    return this.#settings.defaults.settings;
  }

  /** `hyper.lr`, which may be set here, too. Of a schedule this is the number: that of the last step. */
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

  /** The engine: undefined before the first step. */
  // biome-ignore lint/suspicious/noExplicitAny: the names of its parameters are those of variables.
  get #optimizer(): Optimizer<any, H, S> | undefined {
    return this.#engines.live?.optimizer;
  }

  /** The hyper-parameters as numbers: those of the last step, or what was set since. */
  get current(): HyperValues<H> {
    return this.#settings.defaults.current;
  }

  /** The numbers that the rule carries from step to step, by name; of the first group, where there are several. */
  get carry(): { readonly [name: string]: number } {
    return this.#engines.live?.carry ?? this.spec.carry ?? {};
  }

  /**
   * The groups of the caller, once there are variables. Where variables have not had a gradient in the same steps, they part: then these
   * are groups of all variables that go the same way.
   */
  get groups(): readonly Group<H, S>[] {
    return this.#engines.live?.groups ?? [];
  }

  /** The norm of all gradients at the last step, as `clipNorm` compared it; NaN without `clipNorm`. */
  get gradNorm(): number {
    return this.#optimizer?.gradNorm ?? this.#engines.waiting.gradients.norm;
  }

  /** What `minimize` multiplies the loss by, and who calls `applyGradients` has to: the factor of `lossScale`, or 1. */
  get lossScale(): number {
    const { lossScale } = this.#engines.waiting.gradients;
    return this.#optimizer?.lossScale ?? lossScale?.factor ?? this.#settings.gradients.lossScale?.initial ?? 1;
  }

  /** Number of steps that were skipped because a gradient was not finite. */
  get skipped(): number {
    return this.#optimizer?.skipped ?? this.#engines.waiting.gradients.skipped;
  }

  /**
   * One step, by the gradients of f(), which is called twice with `sam`, the second time at the shifted variables. What f() keeps by
   * `tf.keep` is then kept twice, as the metrics of `fit` are.
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
   * The value of f() and its gradients by name, with respect to the trainable variables of the list, by default to all.
   * @throws TypeError or RangeError when f() is no scalar or the list has something else than variables; Error when none is trainable.
   */
  override computeGradients(f: () => Scalar, varList?: Variable[]): { value: Scalar; grads: NamedTensorMap } {
    const { name } = this.spec;
    const loss = readLoss(name, f);
    checkVariables(name, varList);
    return super.computeGradients(loss, varList);
  }

  /**
   * One step, or with `accumulate` a part of one. Without any gradient nothing happens.
   * @throws NonFiniteError when a gradient is NaN or infinite, unless `nonFinite` says otherwise; TypeError or RangeError when a
   * gradient is not one of a variable; TypeError with `sam`, for which there is `minimize`; Error between `eval()` and `train()`, after
   * `dispose()`, and while a schedule is missing. Nothing is changed then.
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
   * Takes in gradients without a step, for rules that learn from other gradients than those of the loss (Sophia: its curvature).
   * @throws TypeError when the rule has no use for them, else as `applyGradients`.
   */
  observeGradients(gradients: NamedTensorMap | NamedTensor[]): void {
    this.#take("observeGradients", gradients, (optimizer) => optimizer.observe());
  }

  /**
   * Sets the variables to what the model is to be judged, used and saved with, where these are others than those in training: the average
   * of `ema` or `swa`, else Lookahead's slow ones, else what the rule says (Schedule-Free, ASGD). `train()` goes back. Without any,
   * and when done already, nothing happens.
   * @throws Error when it is not clear which variables the state is of that was loaded; after `dispose()`.
   */
  eval(): void {
    this.#optimizer?.checkIdle("eval");
    this.#checkUsable("eval");
    this.#engines.findWaiting();
    this.#engines.live?.change((optimizer) => optimizer.eval());
  }

  /** Puts the variables back, bit for bit, after `eval()`. */
  train(): void {
    this.#optimizer?.checkIdle("train");
    this.#checkUsable("train");
    if (this.#optimizer?.evaluating) this.#engines.live?.change((optimizer) => optimizer.train());
  }

  /** Frees what it holds. It cannot be used any more. */
  override dispose(): void {
    this.#optimizer?.checkIdle("dispose");
    this.#forget();
    this.#engines.dispose();
    this.#disposed = true;
  }

  /** The number of steps and the state, by names of variables. The tensors are freed at the next step, call of this, or `dispose()`. */
  override async getWeights(): Promise<NamedTensor[]> {
    this.#checkUsable("getWeights");
    this.#forget();
    this.#weights = toTensors(this.spec.name, this.#engines.save());
    this.#weights.unshift(await this.saveIterations());
    return [...this.#weights];
  }

  /**
   * Goes on from there. What belongs to which variable is decided when its first gradient comes: by name; where TensorFlow.js has made
   * a name unique by a number at its end, without that. Those of a built-in optimizer are taken where its state means the same to the rule.
   * @throws TypeError or RangeError when they are not those of `getWeights()` of the same rule; Error after `dispose()`. Nothing is changed
   * then.
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

  /** The options, for JSON. Of schedules only that they are there: they have to be set again before the next step. */
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

  /** The value of f(), once its gradients are taken. */
  #descend(f: () => Scalar, varList: Variable[] | undefined, take: (gradients: NamedTensorMap | NamedTensor[]) => void): Scalar {
    const scale = this.lossScale;
    const loss = readLoss(this.spec.name, f);
    const { value, grads } = this.computeGradients(scale === 1 ? f : () => mul(loss(), scale), varList);
    try {
      // In the order of the list.
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

  /** Adds up gradients of these variables, and steps when there are enough. */
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

  /** Throws unless there can be a step. */
  #admit(method: string): void {
    const { name } = this.spec;
    this.#optimizer?.checkIdle(method);
    this.#checkUsable(method);
    const missing = [...this.#missing].filter(([option, standIn]) => this.hyper[option] === standIn).map(([option]) => option);
    if (missing.length > 0)
      throw new Error(
        `${name}: ${method}() expected the schedules that were not saved to be set first, as hyper: ${missing.join(", ")}`,
      );
    if (this.#optimizer?.evaluating)
      throw new Error(`${name}: ${method}() expected train() first: the parameters are those of eval()`);
  }

  /** Has the engine act on these gradients; `asks` says whether it asks the schedules. */
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
      // Before anything is looked up: a schedule may make tensors, so that memory grows, and assign to variables or dispose of them.
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

/** A rule for TensorFlow.js, which is registered as `SimdescentAdam` and the like. */
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
