import {
  dispose,
  div,
  engine,
  mul,
  type NamedTensorMap,
  type Scalar,
  serialization,
  type Tensor,
  Optimizer as TensorFlowOptimizer,
  type Variable,
} from "@tensorflow/tfjs-core";
import { checkInteger } from "../../checks/check.js";
import { show, wrongKind, wrongValue } from "../../checks/errors.js";
import type { Group } from "../../engine/group.js";
import type { HyperParameters } from "../../engine/hyperParameters.js";
import { Optimizer } from "../../engine/optimizer.js";
import type { Options } from "../../engine/options.js";
import { readEngineOptions } from "../../engine/readOptions.js";
import type { HyperSettings, Hypers, HyperValues, Slots, Spec } from "../../engine/spec.js";
import { isShared } from "../../kernels/wasm.js";
import type { Rule } from "../../rules/define.js";
import { refuseAssignments } from "./assignments.js";
import { fromBuiltIn } from "./builtIns.js";
import { type Config, fromConfig, toConfig } from "./config.js";
import { type Gradients, registered } from "./host.js";
import { checkVariables, isRecord, readGradients, readLoss, readWeights } from "./input.js";
import { Live, type Maker, type Member } from "./live.js";
import { claim, fromTensors, isOurs, type NamedTensor, nothing, recognize, type Saved, toTensors } from "./saved.js";

/** The options of a rule that make sense where TensorFlow.js computes the gradients and frees them. */
export type TfjsOptions<H extends Hypers> = Omit<Options<H>, keyof typeof excluded | "accumulate"> & {
  /**
   * Calls of `applyGradients`, or batches of `fit`, whose gradients are added up for one step by their mean. Default 1. What was added up
   * since the last step is not saved. Not with `sam`.
   */
  readonly accumulate?: number;
};

/** A rule that makes optimizers for TensorFlow.js. */
export type TfjsRule<H extends Hypers, S extends Slots> = (options?: TfjsOptions<H>) => TfjsOptimizer<H, S>;

const excluded = {
  zeroGrad: "frees its gradients itself",
  memory: "has its own",
} as const;

type GroupOptions = Readonly<Record<string, unknown>>;

/** Whether it may match variables. */
const canMatch = (match: unknown) =>
  Object.prototype.toString.call(match) === "[object RegExp]" || // of another realm, too
  typeof match === "function" ||
  (Array.isArray(match) && Array.from(match).every((name) => typeof name === "string"));

/** The options as they are given, without those of groups. Throws for what is wrong with them, before there is any variable. */
function readAll<H extends Hypers, S extends Slots>(spec: Spec<H, S>, given: unknown) {
  const all = given === undefined ? {} : given;
  if (!isRecord(all)) throw wrongKind(`${spec.name}: options`, "a plain object", given);
  for (const [option, why] of Object.entries(excluded))
    if (all[option] !== undefined) throw new TypeError(`${spec.name}: ${option} is no option for TensorFlow.js, which ${why}`);
  // A stand-in for the variables of each group, which are not known yet; what cannot match any stays, to be refused.
  const { groups, accumulate = 1, sam } = all;
  checkInteger(`${spec.name}: accumulate`, 1, accumulate);
  if (accumulate > 1 && sam) throw new TypeError(`${spec.name}: accumulate and sam expected one of them, got both`);
  const standIns = Array.isArray(groups)
    ? groups.map((group: unknown, i) => (isRecord(group) && canMatch(group.match) ? { ...group, match: [`${i}`] } : group))
    : groups;
  const count = Array.isArray(groups) ? groups.length : 0;
  const tensors = Array.from({ length: count + 1 }, (_, i) => ({ name: `${i}`, shape: [1], length: 1 }));
  const { memberships, conditioning, writesGrads } = readEngineOptions(
    spec,
    { ...all, groups: standIns, accumulate: accumulate > 1 },
    tensors,
  );
  const { groups: _, ...options } = all;
  // Undefined counts as left out.
  const own = Array.from((groups ?? []) as GroupOptions[], (group) =>
    Object.fromEntries(Object.entries(group).filter(([, value]) => value !== undefined)),
  );
  return {
    options,
    groups: own,
    accumulate,
    scale: conditioning.lossScale?.factor ?? 1,
    writesGrads,
    hypers: memberships.map(({ hyper }) => hyper) as [HyperParameters<H, S>, ...HyperParameters<H, S>[]],
  };
}

/**
 * A `tf.Optimizer` that does the steps of a rule: for `model.compile`, `minimize` and `applyGradients`. It knows variables from their
 * first gradient on, by name. A variable without a gradient is left alone, with its state and count of steps.
 */
// biome-ignore lint/suspicious/noExplicitAny: as in Optimizer.
export abstract class TfjsOptimizer<H extends Hypers = any, S extends Slots = any> extends TensorFlowOptimizer {
  readonly #spec: Spec<H, S>;
  readonly #hyper: HyperSettings<H>;
  // Without hyper-parameters and groups.
  readonly #options: Readonly<Record<string, unknown>>;
  // As they were at construction: those of all variables that no group has, then those of groups.
  readonly #hypers: readonly [HyperParameters<H, S>, ...HyperParameters<H, S>[]];
  readonly #accumulate: number;
  readonly #scale: number;
  readonly #maker: Maker;
  #groups: GroupOptions[];
  readonly #missing: Set<string>;
  readonly #seen = new Map<string, { name: string; shape: readonly number[]; length: number }>();
  #live: Live | undefined;
  // What was loaded, of variables that have not come yet.
  #waiting: Saved = nothing;
  // The variables whose gradients were added up since the last step, and how many times.
  #added: { readonly names: readonly string[]; count: number } | undefined;
  #weights: NamedTensor[] = [];
  #disposed = false;

  /** @internal */
  constructor(spec: Spec<H, S>, given: unknown, missing: readonly string[] = []) {
    super();
    // Stand-ins, so that the state is that of schedules.
    const schedules = missing.map((name) => [name, () => spec.hyper[name]?.[0]]);
    const full = missing.length > 0 ? { ...(given as object), ...Object.fromEntries(schedules) } : given;
    const { options, groups, hypers, accumulate, scale, writesGrads } = readAll(spec, full);
    const names = Object.keys(spec.hyper);
    this.#spec = spec;
    this.#hypers = hypers;
    this.#accumulate = accumulate;
    this.#scale = scale;
    this.#maker = { make: (shapes, parts, memory) => this.#make(shapes, parts, memory), writesGradients: writesGrads };
    this.#groups = groups;
    this.#options = Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name)));
    this.#missing = new Set(missing);
    // The engine changes when variables come or go.
    const accessors = names.map((name: keyof H & string) => {
      const get = () => this.#settings[name];
      const set = (value: HyperSettings<H>[typeof name]) => {
        this.#settings[name] = value;
        this.#missing.delete(name);
      };
      return [name, { enumerable: true, get, set }];
    });
    this.#hyper = Object.preventExtensions(Object.defineProperties({}, Object.fromEntries(accessors))) as HyperSettings<H>;
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
    return this.#hyper;
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

  get #settings(): HyperSettings<H> {
    return this.#optimizer?.hyper ?? this.#hypers[0].settings;
  }

  /** The engine: undefined before the first step. */
  // biome-ignore lint/suspicious/noExplicitAny: the names of its parameters are those of variables.
  get #optimizer(): Optimizer<any, H, S> | undefined {
    return this.#live?.optimizer;
  }

  /** The hyper-parameters as numbers: those of the last step, or what was set since. */
  get current(): HyperValues<H> {
    return this.#optimizer?.current ?? this.#hypers[0].current;
  }

  /** The numbers that the rule carries from step to step, by name; of the first group, where there are several. */
  get carry(): { readonly [name: string]: number } {
    return this.#live?.carry ?? this.spec.carry ?? {};
  }

  /**
   * The groups of the caller, once there are variables. Where variables have not had a gradient in the same steps, they part: then these
   * are groups of all variables that go the same way.
   */
  get groups(): readonly Group<H, S>[] {
    return this.#optimizer?.groups ?? [];
  }

  /** The norm of all gradients at the last step, as `clipNorm` compared it; NaN without `clipNorm`. */
  get gradNorm(): number {
    return this.#optimizer?.gradNorm ?? Number.NaN;
  }

  /** What `minimize` multiplies the loss by, and who calls `applyGradients` has to: the factor of `lossScale`, or 1. */
  get lossScale(): number {
    return this.#optimizer?.lossScale ?? this.#waiting.conditioning[2] ?? this.#scale;
  }

  /** Number of steps that were skipped because a gradient was not finite. */
  get skipped(): number {
    return this.#optimizer?.skipped ?? this.#waiting.conditioning[0] ?? 0;
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
        if (this.#optimizer?.shifted) this.#live?.change((optimizer) => optimizer.unshift());
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
      if (this.#accumulate > 1) this.#add(optimizer, names);
      else optimizer.step();
    };
    this.#take("applyGradients", gradients, act, (this.#added?.count ?? 0) + 1 >= this.#accumulate);
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
    this.#findWaiting();
    this.#live?.change((optimizer) => optimizer.eval());
  }

  /** Puts the variables back, bit for bit, after `eval()`. */
  train(): void {
    this.#optimizer?.checkIdle("train");
    this.#checkUsable("train");
    if (this.#optimizer?.evaluating) this.#live?.change((optimizer) => optimizer.train());
  }

  /** Frees what it holds. It cannot be used any more. */
  override dispose(): void {
    this.#optimizer?.checkIdle("dispose");
    this.#forget();
    this.#live?.dispose();
    this.#live = undefined;
    this.#waiting = nothing;
    this.#disposed = true;
  }

  /** The number of steps and the state, by names of variables. The tensors are freed at the next step, call of this, or `dispose()`. */
  override async getWeights(): Promise<NamedTensor[]> {
    this.#checkUsable("getWeights");
    this.#forget();
    this.#weights = toTensors(this.spec.name, this.#save());
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
    const saved = await (isOurs(tensors) ? fromTensors(spec.name, tensors) : fromBuiltIn(spec, this.#hypers, tensors));
    this.#checkUsable("setWeights");
    this.#keepSettings();
    this.#live?.dispose();
    this.#live = undefined;
    this.#added = undefined;
    this.#waiting = saved;
    this.iterations_ = saved.t;
  }

  /** The options, for JSON. Of schedules only that they are there: they have to be set again before the next step. */
  getConfig(): Config {
    this.#keepSettings();
    return toConfig(this.spec.name, this.hyper, this.#options, this.#groups);
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
    return Boolean(this.#options.sam);
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
    if (this.#added.count < this.#accumulate) return;
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
    if (this.#missing.size > 0) {
      const missing = [...this.#missing].join(", ");
      throw new Error(`${name}: ${method}() expected the schedules that were not saved to be set first, as hyper: ${missing}`);
    }
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
    const live = this.#found(gradients);
    if (asks) {
      // Before anything is looked up: a schedule may make tensors, so that memory grows, and assign to variables or dispose of them.
      live.optimizer.ask();
      gradients = readGradients(where, given);
      if (this.#live !== live || !live.holds(gradients))
        throw new Error(`${where} expected schedules that leave the optimizer, its variables and the backend in place`);
    }
    live.take(gradients, (optimizer) => act(optimizer, [...gradients.keys()]));
    this.iterations_ = this.#optimizer?.t ?? 0;
  }

  /** An engine that can do a step with these gradients. */
  #found(gradients: Gradients): Live {
    const live = this.#live;
    const { names: added } = this.#added ?? {};
    const same = !added || (added.length === gradients.size && added.every((name) => gradients.has(name)));
    if (same && live?.holds(gradients)) return live;
    const names = new Set(live?.names.filter((name) => registered(name)));
    const fresh = [...gradients.keys()].filter((name) => !names.has(name));
    for (const name of fresh) names.add(name);
    const claims = claim(fresh, new Set(this.#waiting.variables.keys()));
    if (!live && this.#waiting.variables.size > 0 && claims.size === 0) {
      const loaded = [...this.#waiting.variables.keys()].map(show).join(", ");
      throw new Error(`${this.spec.name}: the state that was loaded is of ${loaded}, not of ${fresh.map(show).join(", ")}`);
    }
    return this.#renew(names, gradients, claims);
  }

  /** Finds the variables of what was loaded where `eval()` shows others and no gradient has named them yet. */
  #findWaiting(): void {
    const { name, evaluate } = this.spec;
    const { ema, swa, lookahead } = this.#options;
    const { t, variables } = this.#waiting;
    if (t === 0 || variables.size === 0 || this.#optimizer?.evaluating || !(evaluate || ema || swa || lookahead)) return;
    const names = this.#live?.names.filter((name) => registered(name)) ?? [];
    const others = Object.values(engine().registeredVariables).filter(({ dtype, size }) => dtype === "float32" && size > 0);
    const candidates = others.map(({ name }) => name).filter((name) => !names.includes(name));
    const { claims, unclear } = recognize(candidates, variables.keys());
    if (unclear.length > 0 || (!this.#live && claims.size === 0)) {
      const loaded = (unclear.length > 0 ? unclear : [...variables.keys()]).map(show).join(", ");
      throw new Error(
        `${name}: eval() expected a step first, as it is not clear which variables the loaded state of ${loaded} is of`,
      );
    }
    // What the rule shows may depend on a number that only a step asks a schedule for.
    if (evaluate && Object.entries(this.hyper).some(([option, value]) => option !== "lr" && typeof value === "function"))
      throw new Error(`${name}: eval() expected a step first, which asks the schedules`);
    if (claims.size > 0) this.#renew(new Set([...names, ...claims.keys()]), new Map(), claims);
  }

  /** An engine of these variables; those of the claims go on from what was loaded. */
  #renew(names: ReadonlySet<string>, gradients: Gradients, claims: ReadonlyMap<string, string>): Live {
    const live = this.#live;
    if (this.#added || live?.optimizer.shifted) {
      const option = this.#added ? "accumulate" : "sam";
      throw new Error(`${this.spec.name}: ${option} expected all gradients of a step to be of the same variables and backend`);
    }
    const known = live?.save() ?? nothing;
    const groups = this.#groupsOf(names);
    const members = new Map<string, Member>();
    for (const name of names) {
      const variable = registered(name) as Variable;
      const saved = known.variables.get(name) ?? this.#waiting.variables.get(claims.get(name) ?? "");
      if (saved && String(saved.shape) !== String(variable.shape)) {
        const where = `${this.spec.name}: the state of ${show(name)} is of shape [${saved.shape}]; the variable`;
        throw wrongValue(where, "that shape", variable.shape);
      }
      members.set(name, { variable, gradient: gradients.get(name), saved, group: groups.get(name) ?? 0 });
    }
    this.#keepSettings();
    const next = new Live(members, live ? known : this.#waiting, this.#maker);
    live?.dispose();
    this.#live = next;
    const left = new Map(this.#waiting.variables);
    for (const name of claims.values()) left.delete(name);
    this.#waiting = { ...this.#waiting, variables: left };
    return next;
  }

  /** The group of the caller that each variable is in, 0 for none. */
  #groupsOf(names: Iterable<string>): Map<string, number> {
    const seen = new Map(this.#seen);
    for (const name of names) {
      const { shape, size } = registered(name) as Variable;
      seen.set(name, { name, shape, length: size });
    }
    const { memberships } = readEngineOptions(this.spec, { ...this.hyper, groups: this.#groups }, [...seen.values()]);
    for (const [name, tensor] of seen) this.#seen.set(name, tensor);
    return new Map(memberships.flatMap(({ tensors }, i) => tensors.map(({ name }) => [name, i] as const)));
  }

  #make(...[shapes, parts, memory]: Parameters<Maker["make"]>): Optimizer {
    const groups = parts.map(({ names, group }) => ({ ...(group > 0 ? this.#groups[group - 1] : {}), match: names }));
    const accumulate = this.#accumulate > 1;
    const options: Record<string, unknown> = { ...this.#options, ...this.hyper, accumulate, groups, memory };
    if (memory && !isShared(memory.memory)) delete options.threads; // which cannot see it
    return new Optimizer(this.spec, shapes, options as Options<H>);
  }

  /** Remembers what was set in the groups of the engine. */
  #keepSettings(): void {
    const live = this.#live;
    if (!live) return;
    for (const [i, group] of live.groups.entries()) {
      const { hyper, frozen } = live.optimizer.groups[i] as Group<H, S>;
      const own = this.#groups[group - 1];
      if (!own) continue;
      const changed = Object.entries(hyper).filter(
        ([name, value]) => Object.hasOwn(own, name) || !Object.is(value, this.hyper[name]),
      );
      this.#groups[group - 1] = { ...own, ...Object.fromEntries(changed), frozen };
    }
    // The engine goes: what was set in it stays.
    this.#hypers[0].adopt(this.hyper);
  }

  #save(): Saved {
    const known = this.#live?.save();
    if (!known) return this.#waiting;
    return { ...known, variables: new Map([...this.#waiting.variables, ...known.variables]) };
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
