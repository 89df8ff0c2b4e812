// An optimizer as its user sees it: arrays, numbers, and the methods of training.

import { checkChoice, checkNumber } from "../checks/check.js";
import { Disposable, disposedError } from "../checks/disposal.js";
import { showNames } from "../checks/errors.js";
import { manyLines, oneLine, options, printable } from "../checks/inspect.js";
import { cannotSetProperty, refuseAssignments } from "../checks/readonly.js";
import { instantiate } from "../kernels/wasm.js";
import type { Foreign, ForeignBlock, Relocation } from "../memory/foreign.js";
import type { Views } from "../memory/layout.js";
import { type Parameters, readParameters, type Tensor } from "../memory/parameters.js";
import type { Shape } from "../numerics/shape.js";
import type { ThreadedKernels } from "../threads/threadedKernels.js";
import { ActiveGroups } from "./activeGroups.js";
import { CallerArrays, type PlainArrays } from "./callerArrays.js";
import { Epilogue } from "./epilogue.js";
import { GradientProcessing, type NonFinitePolicy } from "./gradientProcessing.js";
import type { Group } from "./group.js";
import type { Lock, Visitor } from "./lock.js";
import { OptimizerMemory } from "./optimizerMemory.js";
import type { Options } from "./options.js";
import {
  assignGroups,
  type EngineSettings,
  type GroupMembers,
  optionNames,
  readEngineOptions,
  readMemory,
} from "./readOptions.js";
import type { SamOptions } from "./sam.js";
import { ScheduleCalls } from "./scheduleCalls.js";
import type { HyperSettings, Hypers, HyperValues, Slots, Spec } from "./spec.js";
import { OptimizerState, type Progress, type Snapshot } from "./state.js";
import { Step } from "./step.js";

/** The state arrays of a rule; one that hyper-parameters can leave out may be undefined. */
export type State<P, S> = { readonly [K in keyof S]: S[K] extends { needs: unknown } ? Views<P> | undefined : Views<P> };

/** Whether the options name another program's memory. What they are is checked later, when they may turn out to be anything. */
function mentionsMemory(options: unknown): boolean {
  try {
    return (options as { memory?: unknown } | undefined)?.memory !== undefined;
  } catch {
    return false;
  }
}

/** The options of an optimizer once they are read, and which parameters each group has. */
export interface ReadOptions<H extends Hypers, S extends Slots> {
  readonly settings: EngineSettings<H, S>;
  readonly members: readonly GroupMembers<H, S>[];
}

function read<H extends Hypers, S extends Slots>(spec: Spec<H, S>, options: unknown, tensors: readonly Tensor[]) {
  const settings = readEngineOptions(spec, options);
  return { settings, members: assignGroups(settings, tensors) };
}

/**
 * Parameters, their gradients and the state of one rule, in one WebAssembly memory, and the step over them. Made by calling a rule: `adam({ weight: [10, 784], bias: 10 }, { lr: 1e-3 })`.
 */
// biome-ignore lint/suspicious/noExplicitAny: a step is contravariant in its hyper-parameters, so no other default holds all.
export class Optimizer<P extends Parameters<P> = any, H extends Hypers = any, S extends Slots = any> extends Disposable {
  readonly #spec: Spec<H, S>;
  // The group of all other parameters first.
  readonly #all: readonly Group<H, S>[];
  readonly #groups: readonly Group<H, S>[];
  readonly #lock: Lock;
  readonly #schedules: ScheduleCalls;
  readonly #gradients: GradientProcessing;
  readonly #progress: OptimizerState<P, H, S>;
  readonly #sam: Required<SamOptions> | undefined;
  readonly #accumulates: boolean;
  readonly #zeroGrad: boolean;
  readonly #around: EngineSettings<H, S>["around"];
  readonly #block: ForeignBlock | undefined;
  readonly #shapes: ReadonlyMap<string, Shape>;
  // `dispose()` drops what follows. The views are kept here where the memory is the optimizer's own; another program's may change at any time.
  #params: Views<P> | undefined;
  #grads: Views<P> | undefined;
  #state: State<P, S>;
  #step: Step<P, H, S>;
  #memory: OptimizerMemory<P, H, S>;
  #foreign: Foreign | undefined;
  #threads: ThreadedKernels | undefined;
  #callerArrays: CallerArrays | undefined;
  #disposed = false;

  /** @internal `link` puts the kernels of another build on the memory, for measuring; `readOptions` has read the options before. */
  constructor(
    spec: Spec<H, S>,
    parameters: P,
    options: Options<H, keyof P & string> | undefined,
    link = instantiate,
    readOptions: (spec: Spec<H, S>, options: unknown, tensors: readonly Tensor[]) => ReadOptions<H, S> = read,
  ) {
    super();
    const given = readParameters(spec.name, parameters);
    // Copies where the values may be in the other program's memory, which may grow while options are read and when it allocates.
    const tensors = mentionsMemory(options) ? given.map((tensor) => ({ ...tensor, initial: tensor.initial?.slice() })) : given;
    const { settings, members } = readOptions(spec, options, tensors);
    const foreign = readMemory(spec, settings, tensors);
    const { pool, gradients, epilogue, sam } = settings;
    const { accumulate } = gradients;
    const extras = { sum: accumulate, average: Boolean(epilogue.ema ?? epilogue.swa), slow: Boolean(epilogue.lookahead) };
    // First, so that nothing is allocated where the kernels do not fit.
    const linked = foreign && !pool ? link(foreign.memory) : undefined;
    const memory = new OptimizerMemory<P, H, S>(spec, tensors, members, extras, pool !== undefined, foreign);
    const groups = new ActiveGroups(memory.groupLayouts);
    const threads = pool?.kernelsOn(memory.wasm, memory.partials);
    const kernels = threads?.kernels ?? linked ?? link(memory.wasm);
    this.#spec = spec;
    this.#around = settings.around;
    this.#memory = memory;
    this.#foreign = foreign;
    this.#block = foreign?.block;
    this.#threads = threads;
    this.#accumulates = accumulate;
    this.#zeroGrad = epilogue.zeroGrad;
    this.#sam = sam;
    this.#params = foreign ? undefined : memory.views("p");
    this.#grads = foreign ? undefined : memory.views("g");
    this.#state = this.#exposeState();
    this.#all = memory.groupLayouts.map(({ group }) => group);
    this.#groups = Object.freeze(this.#all.slice(1));
    this.#shapes = new Map(tensors.map(({ name, shape }) => [name, shape]));
    this.#lock = settings.defaults.lock;
    this.#schedules = new ScheduleCalls(this.#all, this.#lock);

    const [ruleArgs, own, proximal, slow, average, search, factor] = memory.kernelArguments;
    this.#gradients = new GradientProcessing(spec, gradients, kernels, groups, { own, search, factor });
    this.#progress = new OptimizerState(memory, this.#gradients);
    const parts = {
      spec,
      memory,
      groups,
      kernels,
      threads,
      gradients: this.#gradients,
      epilogue: new Epilogue(epilogue, kernels, { proximal, slow, average }),
      state: this.#progress,
      sam,
      sign: gradients.maximize ? -1 : 1,
      accumulates: accumulate,
      acceptSchedules: () => this.#schedules.accept(),
    };
    this.#step = new Step(parts, ruleArgs, own);
  }

  get spec(): Spec<H, S> {
    return this.#spec;
  }

  /** The parameters by name. Write into the arrays; `step()` changes them in place. */
  get params(): Views<P> {
    return this.#params ?? (this.#views("p", "params") as Views<P>);
  }

  /** The gradients by name, to be filled before each `step()`. */
  get grads(): Views<P> {
    return this.#grads ?? (this.#views("g", "grads") as Views<P>);
  }

  /** The state by slot and name: `opt.state.m.weight`. */
  get state(): State<P, S> {
    if (this.#disposed) throw disposedError(this.#spec.name, "state");
    return this.#state;
  }

  /** The numbers that the rule carries from step to step, by name; read-only. */
  get carry(): { readonly [name: string]: number } {
    return (this.#all[0] as Group<H, S>).carry;
  }

  /** The groups as they were given: their parameters, hyper-parameters, and whether they are frozen. */
  get groups(): readonly Group<H, S>[] {
    return this.#groups;
  }

  /** The average of the parameters by name, of `ema` or `swa`; undefined without. As long as nothing went in, it is 0. */
  get average(): Views<P> | undefined {
    return this.#views("average");
  }

  /** Lookahead's slow parameters by name, from the first step on; undefined without `lookahead`. */
  get slow(): Views<P> | undefined {
    return this.#views("slow");
  }

  /** The bytes that `memory.allocate` gave, for who frees them when the optimizer is done with; undefined without `memory`. */
  get block(): ForeignBlock | undefined {
    return this.#block;
  }

  /** Number of completed steps. */
  get t(): number {
    return this.#progress.t;
  }

  /**
   * The hyper-parameters as they are set: numbers, or schedules `(t) => number`. Assigning checks like the constructor
   * and takes effect at the next step.
   */
  get hyper(): HyperSettings<H> {
    return (this.#all[0] as Group<H, S>).hyper;
  }

  /** The hyper-parameters as numbers: those of the last step, or what was set since. */
  get current(): HyperValues<H> {
    return (this.#all[0] as Group<H, S>).current;
  }

  /** The norm of all gradients at the last step, as `clipNorm` compared it; NaN without `clipNorm`. */
  get gradNorm(): number {
    return this.#gradients.norm;
  }

  /** What to multiply the loss by before its gradient is computed: the factor of `lossScale`, or 1. */
  get lossScale(): number {
    return this.#gradients.lossScale?.factor ?? 1;
  }

  /** Number of steps that were skipped because a gradient was not finite. */
  get skipped(): number {
    return this.#gradients.skipped;
  }

  /** What a step does about gradients that are not finite. */
  get nonFinite(): NonFinitePolicy {
    return this.#gradients.nonFinite;
  }

  /** Whether it was made with `accumulate`. */
  get accumulates(): boolean {
    return this.#accumulates;
  }

  /** Whether it was made with `sam`: `shift()` then wants the gradient. */
  get sam(): boolean {
    return this.#sam !== undefined;
  }

  /** Whether the parameters are away from their place, between `shift()` and `step()`. */
  get shifted(): boolean {
    return this.#progress.displacement === "shifted";
  }

  /** Whether the parameters are those to be judged by, between `eval()` and `train()`. */
  get evaluating(): boolean {
    return this.#progress.displacement === "evaluating";
  }

  /**
   * One update of parameters in arrays of the caller's own, for code that cannot work on `params` and `grads`: copies both in, steps, and
   * copies the parameters out. That is 12 bytes read and 12 written per parameter more than `step()`. With `zeroGrad`, the caller's
   * gradients are 0 after it. A step that is skipped leaves the caller's parameters, too, as they are; `params` are then copies of them.
   * @throws as `step()`; TypeError or RangeError unless there is a Float32Array of each parameter's length and nothing else, and with `sam`;
   * RangeError when a parameter shares memory with another or with a gradient; Error between `shift()` and `step()`, and after
   * `accumulate()`. Nothing is changed then: neither the caller's arrays, nor `params` and `grads`.
   */
  step(params: PlainArrays<P>, grads: PlainArrays<P>): void;
  /**
   * One update of all parameters from `grads`, or from the mean of what was accumulated. Allocates nothing, but for the numbers
   * that schedules return. After `shift()` it completes the two-phase step.
   * @throws NonFiniteError when a gradient is NaN or infinite, unless `nonFinite` says otherwise; when a schedule returns
   * something that is not a number in its interval; between `eval()` and `train()`; from inside a schedule, as all that changes the
   * optimizer. Nothing is changed then.
   */
  step(): void;
  step(params?: PlainArrays<P>, grads?: PlainArrays<P>): void {
    this.#admit("step");
    if (params !== undefined || grads !== undefined) {
      this.#stepOn(params, grads);
      return;
    }
    this.#schedules.ask(this.t);
    this.#step.ready();
    this.#step.run();
  }

  /**
   * First phase of a two-phase step: moves `params` to the point where the rule, or `sam`, wants the gradient. Fill `grads`
   * there and call `step()`, which starts from the unmoved point, restored bit for bit. With `sam` this takes in the gradients of
   * the unmoved point.
   * @throws TypeError without `sam` when the rule has one phase only, NonFiniteError as `step()`, Error when the parameters are
   * shifted already or evaluated.
   */
  shift(): void {
    this.#check("shift");
    const { name, twoPhase } = this.#spec;
    if (!twoPhase && !this.#sam) throw new TypeError(`${name}: shift() expected a rule with a two-phase form, or the option sam`);
    this.#admit("shift");
    if (this.shifted) throw new Error(`${name}: shift() expected step() or unshift() first: the parameters are shifted`);
    if (this.#sam) {
      this.#step.ready();
      this.#step.climb(this.#sam);
    } else if (twoPhase) {
      this.#schedules.ask(this.t);
      this.#step.ready();
      this.#step.shift(twoPhase.shift);
    }
  }

  /** Puts the parameters back, bit for bit, and forgets the shift. Nothing happens when they are not shifted. */
  unshift(): void {
    this.#lock.check(this.#spec.name, "unshift");
    if (!this.#disposed) this.#step.unshift();
  }

  /**
   * Adds `grads`, times a weight, to those that the next `step()` (with `sam`: `shift()`) takes the mean of: for micro-batches,
   * the weight being their number of examples.
   * @throws TypeError without the option `accumulate`; TypeError or RangeError unless the weight is in [1e-30,1e30].
   */
  accumulate(weight = 1): void {
    this.#check("accumulate");
    const { name } = this.#spec;
    if (!this.#accumulates) throw new TypeError(`${name}: accumulate() expected the option accumulate: true`);
    checkNumber(`${name}: accumulate(weight)`, "[1e-30,1e30]", weight);
    this.#admit("accumulate");
    this.#step.ready();
    this.#step.accumulate(weight);
  }

  /**
   * Takes in `grads` without a step, for rules that learn from other gradients than those of the loss (Sophia: its
   * curvature). They are divided by the loss scale, and not clipped. Those that are not finite are as for `step()`.
   * @throws TypeError when the rule has no use for them, NonFiniteError as `step()`, Error between `eval()` and `train()`.
   */
  observe(): void {
    this.#check("observe");
    const { observe } = this.#spec;
    if (!observe) throw new TypeError(`${this.#spec.name}: observe() expected a rule that takes in other gradients`);
    this.#admit("observe");
    this.#schedules.ask(this.t);
    this.#step.ready();
    this.#step.observe(observe);
  }

  /**
   * Sets `params` to those that the model is to be judged, used and saved with, where these are others than those in training:
   * the average of `ema` or `swa`, else Lookahead's slow ones, else what the rule says (Schedule-Free, ASGD). `train()` goes back.
   * Without any, and when done already, nothing happens.
   * @throws Error between `shift()` and `step()`.
   */
  eval(): void {
    this.#check("eval");
    this.#check("eval");
    const { evaluate, name } = this.#spec;
    if (this.shifted) throw new Error(`${name}: eval() expected step() or unshift() first: the parameters are shifted`);
    if (this.t === 0 || this.evaluating || !(evaluate || this.average || this.slow)) return;
    this.#step.ready();
    this.#step.showEvaluation();
  }

  /** Puts the parameters back, bit for bit, after `eval()`. */
  train(): void {
    this.#lock.check(this.#spec.name, "train");
    if (this.evaluating) this.#progress.putBack();
  }

  /** Sets all gradients to 0, but not what was accumulated. */
  zeroGrad(): void {
    this.#check("zeroGrad");
    this.#step.setZero("grads");
  }

  /** Forgets what was accumulated. */
  discard(): void {
    this.#lock.check(this.#spec.name, "discard");
    if (!this.#disposed) this.#step.discard();
    this.#progress.accumulated = 0;
  }

  /**
   * Tells where parameters and gradients are now, in the memory of another program: what is left out stays where it was. Costs some
   * microseconds. State does not move.
   * @throws TypeError without the option `memory`; TypeError or RangeError as at construction. Nothing is changed then.
   */
  relocate(moved: Relocation<keyof P & string>): void {
    this.#check("relocate");
    if (!this.#foreign) throw new TypeError(`${this.#spec.name}: relocate() expected the option memory`);
    this.#foreign.relocate(moved);
    this.#memory.relocate();
    this.#callerArrays = undefined; // it knows that nothing overlaps at the old addresses
  }

  /** @internal Asks the schedules now for the numbers of the next step, which does not ask again: for who looks where arrays are after it. */
  ask(): void {
    this.#schedules.askAhead(this.t);
  }

  /**
   * Frees its memory at once, as far as the engine does: nothing of this refers to it any more, and the workers of a pool let go of it.
   * A view that the caller keeps stays what it is, and keeps the memory. Memory of another program is the caller's to free: see `block`,
   * which stays, as do `t`, `hyper` and all other numbers. Methods that need the memory throw an Error from then on, as do `params`,
   * `grads`, `state`, `average` and `slow`; `unshift()`, `train()`, `discard()` and a second `dispose()` do nothing. `using` calls it, where
   * the engine has `Symbol.dispose`.
   */
  dispose(): void {
    this.#lock.check(this.#spec.name, "dispose");
    if (this.#disposed) return;
    this.#disposed = true;
    this.#threads?.dispose();
    this.#gradients.release();
    this.#progress.release();
    const nothing = undefined as never;
    this.#params = this.#grads = this.#state = this.#step = this.#memory = nothing;
    this.#foreign = this.#threads = this.#callerArrays = nothing;
  }

  /** The name of the first parameter whose value or gradient is NaN or infinite somewhere. One pass over all. */
  firstNonFinite(of: "params" | "grads"): (keyof P & string) | undefined {
    this.#checkMemory("firstNonFinite");
    checkChoice(`${this.#spec.name}: firstNonFinite(of)`, ["params", "grads"], of);
    if (this.#step.allFinite(of === "params" ? "p" : "grads")) return undefined;
    const named = Object.entries<Float32Array>(this[of]);
    return named.find(([, array]) => !array.every((x) => Number.isFinite(x)))?.[0] as keyof P & string;
  }

  /** @internal Calls a function of the caller's that may do no more to the optimizer than this. */
  visit<T>(visitor: Visitor, call: () => T): T {
    return this.#lock.visit(visitor, call);
  }

  /** @internal Throws while a function of the caller's is called that may not do this. */
  checkIdle(method: string): void {
    this.#lock.check(this.#spec.name, method);
  }

  /**
   * What it is, in a line: `adam of 2 parameters (weight [10, 784], bias [10]), 7,850 floats, 131 kB, t = 0`. The bytes are those of its
   * memory.
   */
  override toString(): string {
    return oneLine(this.#inspected());
  }

  /** What it is, in lines: each parameter, the options that are not as by default, the groups. Consoles print it. */
  get summary(): string {
    const { hyper, decay = "l2" } = this.#spec;
    const [usual, ...groups] = this.#all as [Group<H, S>, ...Group<H, S>[]];
    type Named = { readonly [name: string]: unknown };
    const all = ({ hyper, hyperParameters }: Group<H, S>): Named => ({ ...hyper, decay: hyperParameters.decay });
    const changed = (group: Group<H, S>, before: Named) =>
      Object.entries(all(group)).filter(([name, value]) => value !== before[name]);
    const initial = Object.fromEntries(Object.entries({ ...hyper, decay: [decay] }).map(([name, [value]]) => [name, value]));
    const own = options([...changed(usual, initial), ...this.#around], usual.current);
    const lines = groups.map((group, i) => {
      const others = options(changed(group, all(usual)), group.current);
      return [`groups[${i}]: ${showNames(group.names)}`, others, group.frozen && "frozen"].filter(Boolean).join("; ");
    });
    return manyLines(this.#inspected(), own ? [`options: ${own}`, ...lines] : lines);
  }

  #inspected() {
    const bytes = this.#disposed ? 0 : (this.block?.bytes ?? this.#memory.wasm.buffer.byteLength);
    return { name: this.#spec.name, t: this.t, bytes, shapes: [...this.#shapes] };
  }

  /** @internal Copies of the parameters in training. */
  copyParams(into?: Float32Array<ArrayBuffer>[]): Float32Array<ArrayBuffer>[] {
    this.#checkMemory("step");
    return this.#progress.copyParams(into);
  }

  /** @internal Sets all parameters from such copies, and forgets a shift. */
  restoreParams(copies: readonly Float32Array[]): void {
    this.#checkMemory("step");
    this.#progress.restoreParams(copies);
  }

  /** @internal The numbers that steps change. Setting them and the arrays continues from there. */
  get progress(): Progress {
    return this.#progress.progress;
  }

  set progress(progress: Progress) {
    this.#progress.progress = progress;
  }

  /** @internal A copy of all that steps change. */
  snapshot(): Snapshot {
    this.#checkMemory("step");
    return this.#progress.snapshot();
  }

  /** @internal Puts everything back as it was at the snapshot. */
  restore(snapshot: Snapshot): void {
    this.#checkMemory("step");
    this.#progress.restore(snapshot);
  }

  #refuseCopies(): never {
    const where = `${this.#spec.name}: step(params, grads)`;
    if (this.#sam) throw new TypeError(`${where} expected no option sam, which wants a second gradient: fill opt.grads`);
    if (this.shifted) throw new Error(`${where} expected step() or unshift() first: the parameters are shifted`);
    throw new Error(`${where} expected step() or discard() first: gradients were accumulated`);
  }

  #stepOn(params: unknown, grads: unknown): void {
    if (this.#sam || this.#progress.displacement || this.#progress.accumulated) this.#refuseCopies();
    // First: a schedule may make the memory grow that the caller's arrays are in, which detaches them.
    this.#schedules.ask(this.t);
    this.#step.ready();
    this.#callerArrays ??= new CallerArrays(this.#spec.name, this.params, this.#all);
    const arrays = this.#callerArrays;
    arrays.check(params, grads, this, this.#memory);
    // A step that throws would have overwritten `params` and `grads`.
    const parameter = this.nonFinite === "allow" ? undefined : arrays.firstNonFinite();
    if (parameter !== undefined) this.#gradients.checkRefusal(this.t + 1, parameter);
    arrays.copyIn(this.params, this.grads);
    this.#step.run();
    arrays.copyOut(this.params);
    if (this.#zeroGrad) arrays.clearGrads();
  }

  /** Throws after `dispose()`, and from inside a schedule. */
  #check(method: string): void {
    this.#checkMemory(method);
    this.#lock.check(this.#spec.name, method);
  }

  /** Throws after `dispose()`. */
  #checkMemory(method: string): void {
    if (this.#disposed) throw disposedError(this.#spec.name, `${method}()`);
  }

  /** The same, and between `eval()` and `train()`. */
  #admit(method: string): void {
    this.#check(method);
    if (this.evaluating)
      throw new Error(`${this.#spec.name}: ${method}() expected train() first: the parameters are those of eval()`);
  }

  /** Views of an array as it is now, for the caller. */
  #views(array: string, name = array): Views<P> | undefined {
    if (this.#disposed) throw disposedError(this.#spec.name, name);
    this.#memory.refresh();
    return this.#memory.views(array);
  }

  /** Views of the state: for good where the memory is the optimizer's own, else as they are when asked for. */
  #exposeState(): State<P, S> {
    const state = {};
    for (const slot of Object.keys(this.#spec.state)) {
      const get = this.#foreign ? { get: () => this.#views(slot) } : { value: this.#views(slot) };
      Object.defineProperty(state, slot, { ...get, enumerable: true });
    }
    return Object.freeze(state) as State<P, S>;
  }

  /** @internal Knows an optimizer by its private fields: no proxy is asked, which could throw. */
  static override [Symbol.hasInstance](value: unknown): value is Optimizer {
    return typeof value === "object" && value !== null && #spec in value;
  }

  static {
    printable(Optimizer.prototype, "Optimizer", ({ summary }) => summary);
    const refuse = (opt: Optimizer, name: string, value: unknown) => {
      const { name: rule, hyper } = opt.spec;
      const settable = Object.keys(hyper).filter((name) => hyper[name]?.[3] !== "fixed");
      return cannotSetProperty(rule, "opt", opt, name, value, settable, optionNames(opt.spec));
    };
    // These are options, too.
    refuseAssignments(Optimizer.prototype, refuse, ["accumulate", "zeroGrad"]);
  }
}
