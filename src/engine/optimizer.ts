// An optimizer as its user sees it: arrays, numbers, and the methods of training.

import { checkChoice, checkNumber } from "../checks/check.js";
import { Disposable, disposedError } from "../checks/disposal.js";
import { manyLines, oneLine, printable } from "../checks/inspect.js";
import { cannotSetProperty, refuseAssignments } from "../checks/readonly.js";
import { type EngineKernels, engine } from "../kernels/generated.js";
import type { KernelModule } from "../kernels/kernelModule.js";
import { type Instances, instantiate } from "../kernels/wasm.js";
import type { Relocation } from "../memory/foreign.js";
import type { Views } from "../memory/layout.js";
import { copyInitial, type ParameterMap, readParameters, type Tensor } from "../memory/parameters.js";
import type { ForeignBlock, Place } from "../memory/source.js";
import type { Shape } from "../numerics/shape.js";
import type { ThreadedKernels } from "../threads/threadedKernels.js";
import { ActiveGroups } from "./activeGroups.js";
import { CallerArrays, type PlainArrays } from "./callerArrays.js";
import { Epilogue } from "./epilogue.js";
import type { NonFinitePolicy } from "./gradientOptions.js";
import { GradientProcessing } from "./gradientProcessing.js";
import type { Group } from "./group.js";
import type { CallLock, Visitor } from "./lock.js";
import { OptimizerMemory } from "./optimizerMemory.js";
import type { Options } from "./options.js";
import { assignGroups, type EngineSettings, type GroupMembers, optionNames, readEngineOptions } from "./readOptions.js";
import type { SamOptions } from "./sam.js";
import { ScheduleCalls } from "./scheduleCalls.js";
import type { ShortStep } from "./shortStep.js";
import type { HyperSettings, Hypers, HyperValues, Slots, Spec } from "./spec.js";
import { OptimizerState, type Progress, type Snapshot } from "./state.js";
import { Step } from "./step.js";
import { optionLines } from "./summary.js";

/** The state arrays of a rule. An array that hyper-parameters can leave out may be undefined. */
export type State<P, S> = { readonly [K in keyof S]: S[K] extends { needs: unknown } ? Views<P> | undefined : Views<P> };

/** Whether the options have `memory`. The options are not checked yet: they may be anything. */
function mentionsMemory(options: unknown): boolean {
  try {
    return (options as { memory?: unknown } | undefined)?.memory !== undefined;
  } catch {
    return false;
  }
}

/** Puts the kernels of these modules on a memory. */
export type Link = (memory: WebAssembly.Memory, modules: readonly KernelModule[], instances?: Instances) => EngineKernels;

/** The options of an optimizer, checked, and the parameters of each group. */
export interface ReadOptions<H extends Hypers, S extends Slots> {
  readonly settings: EngineSettings<H, S>;
  readonly members: readonly GroupMembers<H, S>[];
}

function read<H extends Hypers, S extends Slots>(spec: Spec<H, S>, options: unknown, tensors: readonly Tensor[]) {
  const settings = readEngineOptions(spec, options);
  return { settings, members: assignGroups(settings, tensors) };
}

/**
 * Parameters, their gradients and the state of one rule, in one WebAssembly memory. A call of a rule makes one:
 * `adam({ weight: [10, 784], bias: 10 }, { lr: 1e-3 })`.
 */
// biome-ignore lint/suspicious/noExplicitAny: a step is contravariant in its hyper-parameters, so only `any` accepts every optimizer.
export class Optimizer<P extends ParameterMap<P> = any, H extends Hypers = any, S extends Slots = any> extends Disposable {
  readonly #spec: Spec<H, S>;
  // The group of all other parameters first.
  readonly #all: readonly Group<H, S>[];
  readonly #groups: readonly Group<H, S>[];
  readonly #lock: CallLock;
  readonly #schedules: ScheduleCalls;
  readonly #gradients: GradientProcessing;
  readonly #progress: OptimizerState<P, H, S>;
  readonly #sam: Required<SamOptions> | undefined;
  readonly #accumulates: boolean;
  readonly #zeroGrad: boolean;
  readonly #around: EngineSettings<H, S>["around"];
  readonly #block: ForeignBlock | undefined;
  readonly #shapes: ReadonlyMap<string, Shape>;
  // `dispose()` drops the fields below. They cache no views of another program's memory, which may grow at any time.
  #params: Views<P> | undefined;
  #grads: Views<P> | undefined;
  #state: State<P, S>;
  #step: Step<P, H, S>;
  #short: ShortStep<P, H, S> | undefined;
  #memory: OptimizerMemory<P, H, S>;
  #place: Place;
  #threads: ThreadedKernels | undefined;
  #callerArrays: CallerArrays | undefined;
  #disposed = false;

  /** @internal `link` puts the kernels of another build on the memory. `readOptions` replaces the reading of the options. */
  constructor(
    spec: Spec<H, S>,
    parameters: P,
    options: Options<H, keyof P & string> | undefined,
    link: Link = instantiate,
    readOptions: (spec: Spec<H, S>, options: unknown, tensors: readonly Tensor[]) => ReadOptions<H, S> = read,
  ) {
    super();
    const given = readParameters(spec.name, parameters);
    // Copies initial values, which may be views of that memory. Another program's may grow while options are read and when it allocates.
    // An arena may give away the block that they are in.
    const tensors = mentionsMemory(options) ? copyInitial(given) : given;
    const { settings, members } = readOptions(spec, options, tensors);
    const { pool, gradients, epilogue, sam, writesGrads, shard } = settings;
    const place = settings.memory.open({ rule: spec.name, tensors, writesGrads, shared: pool !== undefined });
    const { foreign } = place;
    const { accumulate } = gradients;
    const extras = { sum: accumulate, average: Boolean(epilogue.ema ?? epilogue.swa), slow: Boolean(epilogue.lookahead) };
    // Links before another program allocates: if the kernels do not fit its memory, nothing is allocated.
    const modules = [engine, ...spec.kernels];
    const linked = foreign && !pool ? link(foreign.memory, modules) : undefined;
    try {
      const memory = new OptimizerMemory<P, H, S>(spec, tensors, members, extras, pool !== undefined, place, shard);
      const { block } = memory;
      const groups = new ActiveGroups(memory.groupLayouts);
      const threads = pool?.kernelsOn(block.memory, block.bytes, modules, memory.blockSums);
      const kernels = (threads?.kernels as EngineKernels | undefined) ?? linked ?? link(block.memory, modules, block.instances);
      this.#spec = spec;
      this.#around = settings.around;
      this.#memory = memory;
      this.#place = place;
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

      const { args } = memory;
      this.#gradients = new GradientProcessing(spec, gradients, kernels, groups, args);
      this.#progress = new OptimizerState(memory, this.#gradients);
      const parts = {
        spec,
        memory,
        groups,
        kernels,
        threads,
        gradients: this.#gradients,
        epilogue: new Epilogue(epilogue, kernels, args),
        state: this.#progress,
        sam,
        sign: gradients.maximize ? -1 : 1,
        accumulates: accumulate,
        acceptSchedules: () => this.#schedules.accept(),
      };
      this.#step = new Step(parts, args.rule, args.engine);
      this.#short = this.#step.shorten(this.#lock);
    } catch (error) {
      place.free?.();
      throw error;
    }
  }

  /** The description of the rule. */
  get spec(): Spec<H, S> {
    return this.#spec;
  }

  /** The parameters by name, as Float32Arrays. Write into them; `step()` changes them in place. */
  get params(): Views<P> {
    return this.#params ?? (this.#views("p", "params") as Views<P>);
  }

  /** The gradients by name, as Float32Arrays. Fill them before each `step()`. */
  get grads(): Views<P> {
    return this.#grads ?? (this.#views("g", "grads") as Views<P>);
  }

  /** The state of the rule by slot and name: `opt.state.m.weight`. */
  get state(): State<P, S> {
    if (this.#disposed) throw disposedError(this.#spec.name, "state");
    return this.#state;
  }

  /** The numbers that the rule carries from step to step, by name; read-only. */
  get carry(): { readonly [name: string]: number } {
    return (this.#all[0] as Group<H, S>).carry;
  }

  /** The groups, in the order of the option `groups`. */
  get groups(): readonly Group<H, S>[] {
    return this.#groups;
  }

  /** The average of `ema` or `swa`, by parameter name; 0 before its first update. Undefined without these options. */
  get average(): Views<P> | undefined {
    return this.#views("average");
  }

  /** Lookahead's slow parameters by name; 0 before the first step. Undefined without `lookahead`. */
  get slow(): Views<P> | undefined {
    return this.#views("slow");
  }

  /** The block from `allocate` of `foreignMemory()`, so that you can free it. Undefined without `foreignMemory()`. */
  get block(): ForeignBlock | undefined {
    return this.#block;
  }

  /** Completed steps. Skipped steps do not count. */
  get t(): number {
    return this.#progress.t;
  }

  /**
   * The hyper-parameters as set: numbers, or schedules `(t) => number`. An assignment is checked as at construction and takes effect at
   * the next step: `opt.hyper.lr = 1e-4`.
   */
  get hyper(): HyperSettings<H> {
    return (this.#all[0] as Group<H, S>).hyper;
  }

  /** The hyper-parameters as numbers: those of the last step or of a later assignment. Read-only. */
  get current(): HyperValues<H> {
    return (this.#all[0] as Group<H, S>).current;
  }

  /** The norm of all gradients at the last step, before `clipNorm` clipped it. NaN without `clipNorm`. */
  get gradNorm(): number {
    return this.#gradients.norm;
  }

  /** The factor of `lossScale`; 1 without. Multiply the loss by it before you compute the gradients. */
  get lossScale(): number {
    return this.#gradients.lossScale?.factor ?? 1;
  }

  /** Steps skipped because a gradient was not finite. */
  get skipped(): number {
    return this.#gradients.skipped;
  }

  /** What a step does when a gradient is not finite: the option `nonFinite`. */
  get nonFinite(): NonFinitePolicy {
    return this.#gradients.nonFinite;
  }

  /** Whether the option `accumulate` is on. */
  get accumulates(): boolean {
    return this.#accumulates;
  }

  /** Whether the option `sam` is on. `shift()` then needs gradients. */
  get sam(): boolean {
    return this.#sam !== undefined;
  }

  /** Whether `params` are shifted: between `shift()` and `step()`. */
  get shifted(): boolean {
    return this.#progress.displacement === "shifted";
  }

  /** Whether `params` are the evaluation weights: between `eval()` and `train()`. */
  get evaluating(): boolean {
    return this.#progress.displacement === "evaluating";
  }

  /**
   * One step on arrays of your own, for code that cannot work on `params` and `grads`. Copies both in, steps, and copies the parameters
   * out. The copies read 12 bytes and write 12 bytes per parameter. With `zeroGrad` your gradients are 0 afterwards. A skipped step leaves
   * your parameters unchanged.
   * @param params A Float32Array for each parameter, of its length.
   * @param grads A Float32Array for each parameter, of its length.
   * @throws TypeError or RangeError when an array is missing, unknown, not a Float32Array or of another length, and with `sam`; RangeError
   * when a parameter shares memory with another array; Error between `shift()` and `step()`, and after `accumulate()`; else as `step()`.
   * Your arrays, `params` and `grads` are then unchanged.
   */
  step(params: PlainArrays<P>, grads: PlainArrays<P>): void;
  /**
   * One step: updates all parameters from `grads`, or from the weighted mean of the accumulated gradients. After `shift()` it completes
   * the two-phase step. Allocates nothing, except the numbers that schedules return.
   * @throws NonFiniteError when a gradient is NaN or infinite, unless `nonFinite` is `"skip"` or `"allow"`; TypeError or RangeError when a
   * schedule returns anything but a number in its interval; Error between `eval()` and `train()`, and from inside a schedule. Nothing is
   * changed then.
   */
  step(): void;
  step(params?: PlainArrays<P>, grads?: PlainArrays<P>): void {
    if (params === undefined && grads === undefined && this.#short?.run()) return;
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
   * The first phase of a two-phase step: moves `params` to the point where the rule, or `sam`, needs the gradient. Fill `grads` there and
   * call `step()`. It puts `params` back, bit for bit, and steps from there. With `sam`, fill `grads` before `shift()` too.
   * @throws TypeError when the rule has no two-phase form and `sam` is off; NonFiniteError as `step()`; Error when `params` are already
   * shifted or hold the evaluation weights.
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

  /** Takes `shift()` back, bit for bit. Does nothing when `params` are not shifted. */
  unshift(): void {
    this.#lock.check(this.#spec.name, "unshift");
    if (!this.#disposed) this.#step.unshift();
  }

  /**
   * Adds weight·`grads` to a sum; the next `step()` (with `sam`: `shift()`) uses the weighted mean.
   * @param weight In [1e-30,1e30]. Default 1. For micro-batches pass their number of examples.
   * @throws TypeError without the option `accumulate`; TypeError or RangeError for a weight outside its interval.
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
   * Updates the rule's state from `grads` without a step, for rules that need a second kind of gradient (Sophia: the gradients of its
   * curvature estimate). The gradients are divided by the loss scale, but not clipped.
   * @throws TypeError when the rule needs no second kind of gradient; NonFiniteError as `step()`; Error between `eval()` and `train()`.
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
   * Switches `params` to the evaluation weights: the average of `ema` or `swa`, else Lookahead's slow weights, else the rule's own
   * (Schedule-Free, ASGD). `train()` switches back. Does nothing when there are no evaluation weights, or `params` already hold them.
   * @throws Error between `shift()` and `step()`.
   */
  eval(): void {
    this.#check("eval");
    const { evaluate, name } = this.#spec;
    if (this.shifted) throw new Error(`${name}: eval() expected step() or unshift() first: the parameters are shifted`);
    if (this.t === 0 || this.evaluating || !(evaluate || this.average || this.slow)) return;
    this.#step.ready();
    this.#step.showEvaluation();
  }

  /** Switches `params` back after `eval()`, bit for bit. */
  train(): void {
    this.#lock.check(this.#spec.name, "train");
    if (this.evaluating) this.#progress.putBack();
  }

  /** Sets `grads` to 0. The accumulated gradients stay. */
  zeroGrad(): void {
    this.#check("zeroGrad");
    this.#step.setZero("grads");
  }

  /** Discards the accumulated gradients. */
  discard(): void {
    this.#lock.check(this.#spec.name, "discard");
    if (!this.#disposed) this.#step.discard();
    this.#progress.accumulated = 0;
  }

  /**
   * Sets new addresses of parameters and gradients in another program's memory. Takes some microseconds. The state does not move.
   * @param moved The addresses that changed.
   * @throws TypeError without `foreignMemory()`; TypeError or RangeError as at construction. Nothing is changed then.
   */
  relocate(moved: Relocation<keyof P & string>): void {
    this.#check("relocate");
    const { foreign } = this.#place;
    if (!foreign) throw new TypeError(`${this.#spec.name}: relocate() expected the option memory to be foreignMemory(…)`);
    foreign.relocate(moved);
    this.#memory.relocate();
    this.#callerArrays = undefined; // it knows that nothing overlaps at the old addresses
  }

  /** @internal Evaluates the schedules of the next step now. Then no schedule can move addresses between this call and the step. */
  askSchedules(): void {
    this.#schedules.askAhead(this.t);
  }

  /**
   * Releases the memory: the optimizer and the workers of its pool drop all references. A view that you hold keeps the memory alive. An
   * arena gets the block back, and gives it to a later optimizer: drop your views. Another program's memory is yours to free: see `block`.
   * Afterwards `t`, `hyper` and all other numbers stay readable; `params`, `grads`,
   * `state`, `average`, `slow` and methods that need the memory throw an Error; `unshift()`, `train()`, `discard()` and `dispose()` do
   * nothing. `using` calls `dispose()` where the engine has `Symbol.dispose`.
   */
  dispose(): void {
    this.#lock.check(this.#spec.name, "dispose");
    if (this.#disposed) return;
    this.#disposed = true;
    this.#threads?.dispose();
    this.#gradients.release();
    this.#progress.release();
    this.#place.free?.();
    const nothing = undefined as never;
    this.#params = this.#grads = this.#state = this.#step = this.#memory = nothing;
    this.#place = this.#threads = this.#callerArrays = this.#short = nothing;
  }

  /**
   * The first parameter with a NaN or infinite value or gradient; undefined when all are finite. One pass over all of them.
   * @throws TypeError or RangeError unless `of` is `"params"` or `"grads"`.
   */
  firstNonFinite(of: "params" | "grads"): (keyof P & string) | undefined {
    this.#checkMemory("firstNonFinite");
    checkChoice(`${this.#spec.name}: firstNonFinite(of)`, ["params", "grads"], of);
    if (this.#step.allFinite(of === "params" ? "p" : "grads")) return undefined;
    const named = Object.entries<Float32Array>(this[of]);
    return named.find(([, array]) => !array.every((x) => Number.isFinite(x)))?.[0] as keyof P & string;
  }

  /** @internal Calls a callback under the lock. The visitor says what the callback may do to the optimizer. */
  visit<T>(visitor: Visitor, call: () => T): T {
    return this.#lock.visit(visitor, call);
  }

  /** @internal Throws if the running callback may not call this method. */
  checkIdle(method: string): void {
    this.#lock.check(this.#spec.name, method);
  }

  /** One line: `adam of 2 parameters (weight [10, 784], bias [10]), 7,850 floats, 131 kB, t = 0`. The bytes are those of its memory or block. */
  override toString(): string {
    return oneLine(this.#inspected());
  }

  /** Several lines: the parameters, the options that differ from their defaults, the groups. Consoles print it. */
  get summary(): string {
    return manyLines(this.#inspected(), optionLines(this.#spec, this.#all, this.#around()));
  }

  #inspected() {
    const bytes = this.#disposed ? 0 : this.#memory.block.bytes;
    return { name: this.#spec.name, t: this.t, bytes, shapes: [...this.#shapes] };
  }

  /** @internal The gradients as views of the fewest contiguous runs, at their present addresses. */
  get gradRuns(): readonly Float32Array<ArrayBuffer>[] {
    this.#checkMemory("grads");
    this.#memory.refresh();
    return this.#memory.gradRuns;
  }

  /** @internal Multiplies `grads` by a factor, rounded to f32. */
  scaleGrads(factor: number): void {
    this.#checkMemory("step");
    this.#step.ready();
    this.#step.scaleGradients(factor);
  }

  /** @internal Copies of the parameters in training. */
  copyParams(into?: Float32Array<ArrayBuffer>[]): Float32Array<ArrayBuffer>[] {
    this.#checkMemory("step");
    return this.#progress.copyParams(into);
  }

  /** @internal Sets the parameters from such copies, and takes a shift back. */
  restoreParams(copies: readonly Float32Array[]): void {
    this.#checkMemory("step");
    this.#progress.restoreParams(copies);
  }

  /** @internal The numbers that steps change. Setting them and the arrays continues from there. */
  get progress(): Progress {
    return this.#progress.progress;
  }

  /** @internal */
  set progress(progress: Progress) {
    this.#progress.progress = progress;
  }

  /** @internal Its visitor is the callback that is running. */
  get lock(): CallLock {
    return this.#lock;
  }

  /** @internal For checkpoints: all groups, the options that the caller set around the rule, the shapes, and the slices of the state. */
  get parts() {
    return { groups: this.#all, around: this.#around(), shapes: this.#shapes, sharded: this.#memory?.sharded };
  }

  /** @internal A copy of all that steps change. */
  snapshot(): Snapshot {
    this.#checkMemory("step");
    return this.#progress.snapshot();
  }

  /** @internal Restores the state of the snapshot. */
  restore(snapshot: Snapshot): void {
    this.#checkMemory("step");
    this.#progress.restore(snapshot);
  }

  #refuseCopies(): never {
    const where = `${this.#spec.name}: step(params, grads)`;
    if (this.#sam) throw new TypeError(`${where} expected no option sam, which needs a second gradient: fill opt.grads`);
    if (this.shifted) throw new Error(`${where} expected step() or unshift() first: the parameters are shifted`);
    throw new Error(`${where} expected step() or discard() first: gradients were accumulated`);
  }

  #stepOn(params: unknown, grads: unknown): void {
    if (this.#sam || this.#progress.displacement || this.#progress.accumulated) this.#refuseCopies();
    // Schedules run before the checks: they may grow the memory of the caller's arrays, which detaches the arrays.
    this.#schedules.ask(this.t);
    this.#step.ready();
    this.#callerArrays ??= new CallerArrays(this.#spec.name, this.params, this.#all);
    const arrays = this.#callerArrays;
    arrays.check(params, grads, this, this.#memory);
    // Searches before the copy: a step that throws would already have overwritten `params` and `grads`.
    if (this.nonFinite !== "allow") {
      if (arrays.firstBeyond(this.#gradients.limitFor(1)) === undefined) this.#gradients.vouch();
      else {
        const parameter = arrays.firstBeyond();
        if (parameter !== undefined) this.#gradients.checkRefusal(this.t + 1, parameter);
      }
    }
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

  /** Throws after `dispose()`, from inside a schedule, and between `eval()` and `train()`. */
  #admit(method: string): void {
    this.#check(method);
    if (this.evaluating)
      throw new Error(`${this.#spec.name}: ${method}() expected train() first: the parameters are those of eval()`);
  }

  /** Views of an array at its present address. */
  #views(array: string, name = array): Views<P> | undefined {
    if (this.#disposed) throw disposedError(this.#spec.name, name);
    this.#memory.refresh();
    return this.#memory.views(array);
  }

  /** Views of the state. In another program's memory, each reading gives those of its present buffer. */
  #exposeState(): State<P, S> {
    const { foreign } = this.#place;
    const state: Record<string, unknown> = {};
    for (const slot of Object.keys(this.#spec.state)) {
      if (foreign) Object.defineProperty(state, slot, { get: () => this.#views(slot), enumerable: true });
      else state[slot] = this.#views(slot);
    }
    return Object.freeze(state) as State<P, S>;
  }

  /** @internal Recognizes an optimizer by its private fields. This runs no trap of a proxy, which could throw. */
  static override [Symbol.hasInstance](value: unknown): value is Optimizer {
    return typeof value === "object" && value !== null && #spec in value;
  }

  static {
    printable(Optimizer.prototype, "Optimizer", ({ summary }) => summary);
    const refuse = (opt: Optimizer, name: string, value: unknown) => {
      const { name: rule, hyper } = opt.spec;
      const settable = Object.keys(hyper).filter((name) => hyper[name]?.[2] !== "fixed");
      return cannotSetProperty(rule, "opt", opt, name, value, settable, optionNames(opt.spec));
    };
    // Methods with the name of an option.
    refuseAssignments(Optimizer.prototype, refuse, ["accumulate", "zeroGrad"]);
  }
}
