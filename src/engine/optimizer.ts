import { checkChoice, checkNumber, largestF32 } from "../checks/check.js";
import { Disposable, disposedError } from "../checks/disposal.js";
import { showNames } from "../checks/errors.js";
import { manyLines, oneLine, options, printable } from "../checks/inspect.js";
import { cannotSetProperty, refuseAssignments } from "../checks/readonly.js";
import type { KernelArguments } from "../kernels/kernelArguments.js";
import { instantiate, type Kernels } from "../kernels/wasm.js";
import type { Foreign, ForeignBlock, Relocation } from "../memory/foreign.js";
import type { Views } from "../memory/layout.js";
import { type Parameters, readParameters } from "../memory/parameters.js";
import type { Shape } from "../numerics/shape.js";
import type { ThreadedKernels } from "../threads/threadedKernels.js";
import { CallerArrays, type PlainArrays } from "./callerArrays.js";
import { Epilogue } from "./epilogue.js";
import { GradientProcessing, type NonFinitePolicy } from "./gradientProcessing.js";
import type { Group, GroupProgress } from "./group.js";
import type { GroupLayout, Run } from "./groupLayout.js";
import type { Lock, Visitor } from "./lock.js";
import { OptimizerMemory } from "./optimizerMemory.js";
import type { Options } from "./options.js";
import { optionNames, readEngineOptions } from "./readOptions.js";
import { climb, type readAscent, type SamOptions } from "./sam.js";
import type { HyperSettings, Hypers, HyperValues, Pass, Slots, Spec, TwoPhase } from "./spec.js";

/** The state arrays of a rule; one that hyper-parameters can leave out may be undefined. */
export type State<P, S> = { readonly [K in keyof S]: S[K] extends { needs: unknown } ? Views<P> | undefined : Views<P> };

// Steps after which state that has decayed to subnormal numbers is set to 0: rare enough to cost 1 % at most, and soon
// enough that the numbers, on which an operation takes many times as long, stay few.
const flushPeriod = 64;

const schedules: Visitor = { name: "a schedule", may: [] };

// Elements that a step does at a time when something follows the rule, so that it finds them in cache.
const tile = 8192;

/** Whether the options name another program's memory. What they are is checked later, when they may turn out to be anything. */
function mentionsMemory(options: unknown): boolean {
  try {
    return (options as { memory?: unknown } | undefined)?.memory !== undefined;
  } catch {
    return false;
  }
}

/** What steps change besides arrays: t, that of each group (first of that without a name), what conditioning remembers. */
export interface Progress {
  readonly t: number;
  readonly groups: readonly GroupProgress[];
  readonly conditioning: readonly number[];
}

/**
 * Parameters, their gradients and the state of one rule, in one WebAssembly memory, and the step over them. Made by calling a rule: `adam({ weight: [10, 784], bias: 10 }, { lr: 1e-3 })`.
 */
// biome-ignore lint/suspicious/noExplicitAny: a step is contravariant in its hyper-parameters, so no other default holds all.
export class Optimizer<P extends Parameters<P> = any, H extends Hypers = any, S extends Slots = any> extends Disposable {
  readonly #spec: Spec<H, S>;
  readonly #groups: readonly Group<H, S>[];
  readonly #around: readonly (readonly [name: string, value: unknown])[];
  readonly #block: ForeignBlock | undefined;
  // Those that `dispose()` lets go of are not readonly. In memory of the optimizer's own; in another program's they may change at any time.
  #params: Views<P> | undefined;
  #grads: Views<P> | undefined;
  #state: State<P, S>;
  #team: ThreadedKernels | undefined;
  #kernels: Kernels;
  // That of the parameters which no group has, then the others.
  readonly #all: readonly Group<H, S>[];
  readonly #ranges: readonly GroupLayout<H, S>[];
  #memory: OptimizerMemory<P, H, S>;
  #foreign: Foreign | undefined;
  readonly #accumulates: boolean;
  readonly #sign: number;
  // Scalars of the rule, and of the engine around it.
  #ruleArgs: KernelArguments;
  #args: KernelArguments;
  #gradients: GradientProcessing;
  #epilogue: Epilogue;
  readonly #sam: ReturnType<typeof readAscent>;
  // Of what was accumulated since the last step.
  readonly #weight = Float64Array.of(0);
  readonly #lock: Lock;
  #exchange: CallerArrays | undefined;
  #t = 0;
  #away: "shifted" | "evaluating" | undefined;
  // Whether the schedules have given the numbers of the next step.
  #asked = false;
  // The parameter whose gradient was not finite at the shift.
  #spoilt: string | undefined;
  #unmoved: Float32Array<ArrayBuffer>[] | undefined;
  #disposed = false;

  /** @internal `link` puts the kernels of another build on the memory, for measuring. */
  constructor(spec: Spec<H, S>, parameters: P, options: Options<H, keyof P & string> | undefined, link = instantiate) {
    super();
    const read = readParameters(spec.name, parameters);
    // Copies where the values may be in the other program's memory, which may grow while options are read and when it allocates.
    const tensors = mentionsMemory(options) ? read.map((tensor) => ({ ...tensor, initial: tensor.initial?.slice() })) : read;
    const { memberships, pool, foreign, conditioning, following, sam, around } = readEngineOptions(spec, options, tensors);
    const extras = {
      sum: conditioning.accumulate,
      average: Boolean(following.ema ?? following.swa),
      slow: Boolean(following.lookahead),
    };
    // First, so that nothing is allocated where the kernels do not fit.
    const linked = foreign && !pool ? link(foreign.memory) : undefined;
    const memory = new OptimizerMemory<P, H, S>(spec, tensors, memberships, extras, pool !== undefined, foreign);
    this.#spec = spec;
    this.#around = around;
    this.#memory = memory;
    this.#foreign = foreign;
    this.#block = foreign?.block;
    this.#accumulates = conditioning.accumulate;
    this.#params = foreign ? undefined : memory.views("p");
    this.#grads = foreign ? undefined : memory.views("g");
    this.#state = this.#exposeState();
    this.#ranges = memory.groupLayouts;
    this.#all = memory.groupLayouts.map(({ group }) => group);
    this.#groups = Object.freeze(this.#all.slice(1));
    this.#lock = (this.#all[0] as Group<H, S>).hyperParameters.lock;

    this.#team = pool?.team(memory.wasm, memory.partials);
    this.#kernels = this.#team?.kernels ?? linked ?? link(memory.wasm);
    this.#sign = conditioning.maximize ? -1 : 1;
    this.#sam = sam;
    this.#ruleArgs = memory.kernelArguments(0);
    this.#args = memory.kernelArguments(1);
    const before = { own: this.#args, search: memory.kernelArguments(5), factor: memory.kernelArguments(6) };
    this.#gradients = new GradientProcessing(spec, conditioning, this.#kernels, memory.groupLayouts, before, memory.scale);
    const args = { proximal: memory.kernelArguments(2), slow: memory.kernelArguments(3), average: memory.kernelArguments(4) };
    this.#epilogue = new Epilogue(following, this.#kernels, args);
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
    return this.#t;
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
    return this.#away === "shifted";
  }

  /** Whether the parameters are those to be judged by, between `eval()` and `train()`. */
  get evaluating(): boolean {
    return this.#away === "evaluating";
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
    this.#evaluate();
    this.#ready();
    this.#advance();
  }

  /** The step, once the schedules were asked. */
  #advance(): void {
    this.#aim();
    if (this.#spoilt !== undefined || !this.#gradients.admits()) {
      this.#skip(this.#spoilt);
      return;
    }
    this.#accept();
    if (this.#sam) this.unshift();
    this.#gradients.apply(this.#t);
    const two = this.#away === "shifted" ? this.#spec.twoPhase : undefined;
    if (two?.gather) this.#run(two.gather);
    this.unshift();
    this.#update(two?.complete);
    this.#gradients.countStep();
    this.#weight[0] = 0;
    this.#t += 1;
    if (this.#t % flushPeriod === 0) this.#flush();
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
    if (this.#away === "shifted")
      throw new Error(`${name}: shift() expected step() or unshift() first: the parameters are shifted`);
    if (this.#sam) {
      this.#ready();
      this.#climb(this.#sam);
      return;
    }
    this.#evaluate();
    this.#ready();
    this.#accept();
    this.#gradients.scale[0] = this.#sign;
    this.#leave("shifted");
    this.#run((twoPhase as TwoPhase<H, S>).shift);
  }

  /** Puts the parameters back, bit for bit, and forgets the shift. Nothing happens when they are not shifted. */
  unshift(): void {
    this.#lock.check(this.#spec.name, "unshift");
    if (this.#away === "shifted") this.#return();
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
    this.#ready();
    this.#args.scalars<"axpy">("alpha", weight);
    for (const { runs } of this.#ranges)
      for (const { length, at } of runs) this.#kernels.axpy(0, length, at.sum, at.grads, at.sum, this.#args.c);
    this.#weight[0] = (this.#weight[0] as number) + weight;
    if (this.#epilogue.zeroGrad) this.zeroGrad();
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
    this.#evaluate();
    this.#ready();
    this.#aimAt("grads");
    this.#gradients.scale[0] = 1 / this.lossScale;
    if (this.#gradients.finite()) {
      this.#accept();
      this.#gradients.limit();
      this.#run(observe);
    } else {
      this.#gradients.refuse(this.#t + 1, this.#culprit(this.grads));
    }
    if (this.#epilogue.zeroGrad) this.zeroGrad();
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
    if (this.#away === "shifted")
      throw new Error(`${name}: eval() expected step() or unshift() first: the parameters are shifted`);
    if (this.#t === 0 || this.#away || !(evaluate || this.average || this.slow)) return;
    this.#ready();
    this.#leave("evaluating");
    for (const range of this.#ranges) {
      if (this.#epilogue.show(range) || !evaluate || range.group.steps === 0) continue;
      for (const part of range.parts) this.#phase(evaluate, range.group, part);
    }
  }

  /** Puts the parameters back, bit for bit, after `eval()`. */
  train(): void {
    this.#lock.check(this.#spec.name, "train");
    if (this.#away === "evaluating") this.#return();
  }

  /** Sets all gradients to 0, but not what was accumulated. */
  zeroGrad(): void {
    this.#check("zeroGrad");
    this.#clear("grads");
  }

  /** Forgets what was accumulated. */
  discard(): void {
    this.#lock.check(this.#spec.name, "discard");
    if (this.#accumulates && !this.#disposed) this.#clear("sum");
    this.#weight[0] = 0;
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
    this.#exchange = undefined; // which knows that nothing overlaps where everything was
  }

  /** @internal Asks the schedules now for the numbers of the next step, which does not ask again: for who looks where arrays are after it. */
  ask(): void {
    this.#asked = false;
    this.#evaluate();
    this.#asked = true;
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
    this.#team?.dispose();
    const { norm, lossScale, skipped, nonFinite } = this.#gradients;
    this.#gradients = { norm, lossScale, skipped, nonFinite } as GradientProcessing;
    const nothing = undefined as never;
    this.#team = this.#kernels = this.#memory = this.#foreign = this.#epilogue = this.#ruleArgs = this.#args = nothing;
    this.#exchange = this.#unmoved = this.#away = this.#spoilt = nothing;
    this.#params = this.#grads = this.#state = nothing;
  }

  /** The name of the first parameter whose value or gradient is NaN or infinite somewhere. One pass over all. */
  firstNonFinite(of: "params" | "grads"): (keyof P & string) | undefined {
    this.#checkMemory("nonFinite");
    checkChoice(`${this.#spec.name}: firstNonFinite(of)`, ["params", "grads"], of);
    const array = of === "params" ? "p" : "grads";
    const { c } = this.#args;
    this.#args.scalars<"allWithin">("limit", largestF32);
    const finite = this.#ranges.every(({ runs }) =>
      runs.every(({ length, at }) => this.#kernels.allWithin(0, length, at[array], c)),
    );
    if (finite) return undefined;
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
    const shapes = new Map<string, Shape>();
    for (const { group, tensors } of this.#ranges)
      for (const [i, { shape }] of tensors.entries()) shapes.set(group.names[i] as string, shape);
    const bytes = this.#disposed ? 0 : (this.block?.bytes ?? this.#memory.wasm.buffer.byteLength);
    const names = this.#disposed ? [...shapes.keys()] : Object.keys(this.params);
    const named = names.map((name) => [name, shapes.get(name) as Shape] as const);
    return { name: this.#spec.name, t: this.#t, bytes, shapes: named };
  }

  /** @internal Copies of the unmoved parameters. */
  copyParams(into?: Float32Array<ArrayBuffer>[]): Float32Array<ArrayBuffer>[] {
    this.#checkMemory("step");
    if (this.#foreign) this.#memory.refresh();
    const from = this.#away ? (this.#unmoved as Float32Array[]) : this.#memory.runs;
    const copies = into ?? from.map(({ length }) => new Float32Array(length));
    for (let i = 0; i < copies.length; i++) (copies[i] as Float32Array).set(from[i] as Float32Array);
    return copies;
  }

  /** @internal Sets all parameters from such copies, and forgets a shift. */
  restoreParams(copies: readonly Float32Array[]): void {
    this.#checkMemory("step");
    if (this.#foreign) this.#memory.refresh();
    this.#away = undefined;
    this.#spoilt = undefined;
    const { runs } = this.#memory;
    for (let i = 0; i < runs.length; i++) (runs[i] as Float32Array).set(copies[i] as Float32Array);
  }

  /** @internal What steps change besides arrays. Setting it and the arrays goes on from there. */
  get progress(): Progress {
    return { t: this.#t, groups: this.#all.map(({ progress }) => progress), conditioning: this.#gradients.progress };
  }

  set progress({ t, groups, conditioning }: Progress) {
    for (const [i, group] of this.#all.entries()) group.progress = groups[i] as GroupProgress;
    this.#gradients.progress = conditioning;
    this.#t = t;
  }

  /** @internal Copies all that steps change; the result puts it back. */
  snapshot(): () => void {
    const params = this.copyParams();
    const kept = this.#memory.persistent.slice();
    const groups = this.#all.map((group) => {
      const { numbers, completed, averaged, hyperParameters } = group;
      return { group, numbers: numbers.slice(), completed, averaged, scheduled: hyperParameters.snapshot() };
    });
    const conditioning = this.#gradients.snapshot();
    const [t, weight] = [this.#t, this.#weight.slice()];
    return () => {
      this.restoreParams(params);
      this.#memory.persistent.set(kept);
      for (const { group, numbers, completed, averaged, scheduled } of groups) {
        group.numbers.set(numbers);
        group.completed = completed;
        group.averaged = averaged;
        scheduled();
      }
      conditioning();
      this.#t = t;
      this.#weight.set(weight);
    };
  }

  #refuseCopies(): never {
    const where = `${this.#spec.name}: step(params, grads)`;
    if (this.#sam) throw new TypeError(`${where} expected no option sam, which wants a second gradient: fill opt.grads`);
    if (this.#away === "shifted") throw new Error(`${where} expected step() or unshift() first: the parameters are shifted`);
    throw new Error(`${where} expected step() or discard() first: gradients were accumulated`);
  }

  #stepOn(params: unknown, grads: unknown): void {
    if (this.#sam || this.#away || this.#weight[0]) this.#refuseCopies();
    // First, since a schedule may make memory grow that the caller's arrays are in, which detaches them.
    this.#evaluate();
    this.#ready();
    this.#exchange ??= new CallerArrays(this.#spec.name, this.params, this.#all);
    const exchange = this.#exchange;
    exchange.check(params, grads, this, this.#memory);
    this.#checkFinite(exchange);
    exchange.copyIn(this.params, this.grads);
    this.#advance();
    exchange.copyOut(this.params);
    if (this.#epilogue.zeroGrad) exchange.clearGrads();
  }

  /** Throws where the step would, which then has overwritten `params` and `grads`: when a gradient is not finite. */
  #checkFinite(exchange: CallerArrays): void {
    if (this.nonFinite === "allow") return;
    const parameter = exchange.firstNonFinite();
    if (parameter === undefined) return;
    const restore = this.#gradients.snapshot();
    this.#gradients.refuse(this.#t + 1, parameter);
    restore(); // the step counts it
  }

  /** Sees whether the other program's memory has grown, and throws when a worker has stopped: before anything is changed. */
  #ready(): void {
    if (this.#foreign) this.#memory.refresh();
    this.#team?.check();
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
    if (this.#away === "evaluating")
      throw new Error(`${this.#spec.name}: ${method}() expected train() first: the parameters are those of eval()`);
  }

  #leave(where: "shifted" | "evaluating"): void {
    // Kept outside the WebAssembly memory, so that only those who need it pay for it.
    this.#unmoved = this.copyParams(this.#unmoved);
    this.#away = where;
  }

  #return(): void {
    this.restoreParams(this.#unmoved as Float32Array[]);
  }

  /** Asks for the hyper-parameters of the next step, of all groups or of none. */
  #evaluate(): void {
    const asked = this.#asked;
    this.#asked = false;
    if (asked) return;
    const groups = this.#all;
    for (let i = 0; i < groups.length; i++) {
      if (!(groups[i] as Group<H, S>).hyperParameters.scheduled) continue;
      this.#ask();
      return;
    }
  }

  #ask(): void {
    const groups = this.#all;
    const lock = this.#lock;
    const { visitor } = lock;
    lock.visitor = schedules;
    try {
      for (let i = 0; i < groups.length; i++) (groups[i] as Group<H, S>).hyperParameters.askSchedules(this.#t);
    } finally {
      lock.visitor = visitor;
    }
  }

  #accept(): void {
    const groups = this.#all;
    for (let i = 0; i < groups.length; i++) (groups[i] as Group<H, S>).hyperParameters.accept();
  }

  /** Finds the gradients at hand, and what they are to be multiplied by. */
  #aim(): void {
    const weight = this.#weight[0] as number;
    this.#aimAt(weight > 0 ? "sum" : "grads");
    this.#gradients.scale[0] = this.#sign / (this.lossScale * (weight > 0 ? weight : 1));
  }

  #aimAt(array: "sum" | "grads"): void {
    if (!this.#accumulates) return;
    for (const { runs, tensors } of this.#ranges) {
      for (const { at } of runs) at.g = at[array];
      for (const { at } of tensors) at.g = at[array];
    }
  }

  /** The first parameter whose gradient is not finite, of those that are not frozen. */
  #culprit(views = this.#weight[0] ? (this.#memory.views("sum") as Views<P>) : this.grads): string | undefined {
    const frozen = new Set(this.#all.flatMap(({ frozen, names }) => (frozen ? names : [])));
    const entries = Object.entries<Float32Array>(views).filter(([name]) => !frozen.has(name));
    return entries.find(([, array]) => !array.every((x) => Number.isFinite(x)))?.[0];
  }

  /** Skips the step if the policy has it so, and throws if not. The gradients are done with. */
  #skip(culprit = this.#culprit()): void {
    this.#gradients.refuse(this.#t + 1, culprit);
    this.unshift();
    this.#consume();
  }

  /** Forgets the gradients at hand, as a step does. */
  #consume(): void {
    if (this.#weight[0]) this.discard();
    else if (this.#epilogue.zeroGrad) this.zeroGrad();
  }

  /** The shift of sharpness-aware minimization. It goes nowhere where the policy would skip a step, as it then does. */
  #climb(sam: Required<SamOptions>): void {
    this.#aim();
    const admitted = this.#gradients.admits();
    if (!admitted && this.nonFinite === "throw") this.#skip();
    this.#leave("shifted");
    if (admitted) climb(sam, this.#kernels, this.#ranges, this.#args, this.#gradients.scale[0] as number);
    else this.#spoilt = this.#culprit();
    this.#consume();
  }

  /** Sets what a phase starts from. */
  #prepare({ hyperParameters, steps, numbers }: Group<H, S>, args: KernelArguments): void {
    const { values, decay } = hyperParameters;
    args.rate = values.lr as number;
    this.#spec.prepare?.(args, values, steps + 1, numbers);
    args.setDecay(decay, values.weightDecay as number);
    if (decay === "proximal" && this.#spec.absorbsDecay) args.proximal(values.weightDecay as number);
  }

  #phase(phase: Pass<H, S>, group: Group<H, S>, part: Run<S>): void {
    const args = this.#ruleArgs;
    args.cover(part);
    this.#prepare(group, args);
    phase(this.#kernels, args, part.at, group.hyperParameters.values, group.steps + 1, group.numbers);
  }

  /** A step of the rule, or what completes one, and what follows it. */
  #update(complete: Pass<H, S> | undefined): void {
    const spec = this.#spec;
    const following = this.#epilogue;
    const clears = following.zeroGrad || (this.#weight[0] as number) > 0;
    const ranges = this.#ranges;
    for (let i = 0; i < ranges.length; i++) {
      const range = ranges[i] as GroupLayout<H, S>;
      const { group, parts } = range;
      if (group.frozen) {
        if (clears) this.#clearRange(range, "g");
        continue;
      }
      following.startAverages(range);
      let steps = true;
      for (let j = 0; j < parts.length; j++) {
        const part = parts[j] as Run<S>;
        if (complete) this.#phase(complete, group, part);
        else if (j === 0 || spec.perTensor) steps = this.#begin(group, part, parts);
        else this.#ruleArgs.cover(part);
        if (!steps) break;
        const follows = following.prepare(group, this.#ruleArgs, spec.absorbsDecay === true, clears);
        if (!complete) this.#move(group, part, follows);
        else if (follows) following.over(0, part.length, part.at);
      }
      if (steps) {
        following.countStep(group);
        group.completed += 1;
      } else if (clears) this.#clearRange(range, "g");
    }
  }

  /** What comes once in a step: for each tensor, or for all parts of the group together. False where the rule cannot step yet. */
  #begin(group: Group<H, S>, first: Run<S>, parts: readonly Run<S>[]): boolean {
    const { scalars, wholePass: study } = this.#spec;
    const args = this.#ruleArgs;
    args.cover(first);
    this.#prepare(group, args);
    if (study) this.#study(study, group, first, parts);
    return scalars?.(args, group.hyperParameters.values, group.steps + 1, group.numbers, first.at) !== false;
  }

  #study(study: Pass<H, S>, group: Group<H, S>, first: Run<S>, parts: readonly Run<S>[]): void {
    const { values } = group.hyperParameters;
    const args = this.#ruleArgs;
    args.clearSums();
    study(this.#kernels, args, first.at, values, group.steps + 1, group.numbers);
    if (this.#spec.perTensor || parts.length === 1) return;
    for (let i = 1; i < parts.length; i++) {
      const part = parts[i] as Run<S>;
      args.cover(part);
      study(this.#kernels, args, part.at, values, group.steps + 1, group.numbers);
    }
    args.cover(first);
  }

  /** What comes for each element; tile by tile where something follows, or where threads share it. */
  #move(group: Group<H, S>, part: Run<S>, follows: boolean): void {
    const { length } = part;
    const args = this.#ruleArgs;
    if (this.#team?.record(length)) {
      this.#moveTile(group, part, follows);
      this.#team.run(length);
      return;
    }
    const size = follows && this.#spec.elementPass ? tile : length;
    for (let begin = 0; begin < length; begin += size) {
      args.begin = begin;
      args.end = Math.min(begin + size, length);
      this.#moveTile(group, part, follows);
    }
  }

  #moveTile(group: Group<H, S>, { at }: Run<S>, follows: boolean): void {
    const args = this.#ruleArgs;
    this.#spec.elementPass?.(this.#kernels, args, at, group.hyperParameters.values, group.steps + 1, group.numbers);
    if (follows) this.#epilogue.over(args.begin, args.end, at);
  }

  #clear(array: "grads" | "sum"): void {
    for (const range of this.#ranges) this.#clearRange(range, array);
  }

  #clearRange({ runs }: GroupLayout<H, S>, array: "grads" | "sum" | "g"): void {
    // fill() takes twice as long on shared memory.
    for (const { length, at } of runs) this.#kernels.setZero(0, length, at[array]);
  }

  #flush(): void {
    const { address, length } = this.#memory.state;
    this.#kernels.flushSubnormals(0, length, address);
  }

  /** A phase that is no step. */
  #run(phase: Pass<H, S>): void {
    for (const { group, parts } of this.#ranges) {
      if (!group.frozen) for (const part of parts) this.#phase(phase, group, part);
    }
  }

  /** Views of an array as it is now, for the caller. */
  #views(array: string, name = array): Views<P> | undefined {
    if (this.#disposed) throw disposedError(this.#spec.name, name);
    if (this.#foreign) this.#memory.refresh();
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
