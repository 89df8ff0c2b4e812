import { checkChoice, checkFunction, checkInteger, checkNumber, largestF32, readOptions } from "../checks/check.js";
import { Disposable, disposedError } from "../checks/disposal.js";
import { showNames, wrongKind, wrongValue } from "../checks/errors.js";
import { type Inspected, manyLines, oneLine, printable, options as showOptions } from "../checks/inspect.js";
import { cannotSetProperty, refuseAssignments } from "../checks/readonly.js";
import type { Closure } from "../engine/closure.js";
import { asum, engine, maxAbs, squaredDistance } from "../kernels/generated.js";
import { KernelArguments } from "../kernels/kernelArguments.js";
import type { KernelsOf } from "../kernels/kernelModule.js";
import { dot } from "../kernels/reductions.js";
import { instantiate } from "../kernels/wasm.js";
import type { Arena } from "../memory/arena.js";
import { argumentsAddress, arrayLayout, blockBytes, firstBlock, type Views, viewsOf } from "../memory/layout.js";
import { copyInitial, type ParameterMap, readParameters } from "../memory/parameters.js";
import { arenas, type MemorySource, ownMemory, type Place } from "../memory/source.js";
import { capacity } from "../memory/wasmMemory.js";
import type { LbfgsReason } from "./lbfgsReason.js";
import { type Line, strongWolfe } from "./lineSearch.js";

/** Options of L-BFGS. Unless stated otherwise, they are PyTorch's, partly with other names. */
export interface LbfgsOptions {
  /** First step of a line search, as a multiple of the direction. With `lineSearch: "none"`, every step. Default 1, in (0,inf). */
  readonly lr?: number;
  /** Most iterations of one `step()`. Default 20, an integer of at least 1. */
  readonly iterations?: number;
  /** Most calls of the closure in one `step()`; a line search may exceed it by one. Default ⌊iterations · 5/4⌋, an integer of at least 1. */
  readonly evaluations?: number;
  /** `step()` ends when no element of the gradient exceeds this. Default 1e-7, in [0,inf). */
  readonly gradientTolerance?: number;
  /**
   * `step()` ends when an iteration changes the loss by less than this, or no parameter by more than this. Default 1e-9, in [0,inf); with 0
   * it continues as long as f32 allows.
   */
  readonly changeTolerance?: number;
  /** Most stored pairs: changes of parameters and gradient. A pair takes two floats per parameter. Default 100, an integer of at least 1. */
  readonly history?: number;
  /** Step length: from a line search for the strong Wolfe conditions, or `lr` ("none", PyTorch's default). Default "strongWolfe". */
  readonly lineSearch?: "strongWolfe" | "none";
  /** Memories that several optimizers share, made by `arena()`. By default it has a memory of its own. */
  readonly memory?: Arena;
}

const lineSearches = ["strongWolfe", "none"] as const;
const names = [
  "lr",
  "iterations",
  "evaluations",
  "gradientTolerance",
  "changeTolerance",
  "history",
  "lineSearch",
  "memory",
] as const satisfies (keyof LbfgsOptions)[];

/** The numbers that iterations change. */
export interface LbfgsProgress {
  readonly t: number;
  readonly evaluations: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly reason: LbfgsReason | undefined;
  /** 1/yᵀs of each pair, the oldest first. */
  readonly rho: readonly number[];
  /** H0 = scale · I. */
  readonly scale: number;
  /** Whether no curvature is known. */
  readonly fresh: boolean;
  /** Whether the pair of the last iteration is not stored yet. */
  readonly moved: boolean;
}

type Settings = Required<Omit<LbfgsOptions, "memory">>;

function read(options: unknown): { settings: Settings; source: MemorySource } {
  const given: Partial<Record<keyof LbfgsOptions, unknown>> = Object.fromEntries(readOptions("lbfgs", names, options));
  const { lr = 1, iterations = 20, gradientTolerance = 1e-7, changeTolerance = 1e-9, history = 100 } = given;
  const { lineSearch = "strongWolfe", memory } = given;
  checkNumber("lbfgs: lr", "(0,inf)", lr);
  checkInteger("lbfgs: iterations", 1, iterations);
  const { evaluations = Math.max(1, Math.floor((iterations * 5) / 4)) } = given;
  checkInteger("lbfgs: evaluations", 1, evaluations);
  checkNumber("lbfgs: gradientTolerance", "[0,inf)", gradientTolerance);
  checkNumber("lbfgs: changeTolerance", "[0,inf)", changeTolerance);
  checkInteger("lbfgs: history", 1, history);
  checkChoice("lbfgs: lineSearch", lineSearches, lineSearch);
  if (memory !== undefined && !arenas.has(memory as object)) throw wrongKind("lbfgs: memory", "arena()", memory);
  const settings = { lr, iterations, evaluations, gradientTolerance, changeTolerance, history, lineSearch };
  return { settings, source: (memory as MemorySource | undefined) ?? ownMemory };
}

const modules = [engine, asum, maxAbs, squaredDistance] as const;

// Most trials of one line search, after the first.
const trials = 25;
// Least curvature yᵀs of a pair, as in PyTorch. Smaller values are rounding errors.
const leastCurvature = 1e-10;
// Least curvature relative to the slope −gᵀs at the start of the step, as in L-BFGS-B: the unit roundoff, here of f32.
const leastRise = 2 ** -24;

/**
 * L-BFGS: a line search along the direction −H·g. H approximates the inverse Hessian, from pairs: the last changes s of the parameters and y
 * of the gradient. Parameters, gradient, direction and pairs are arrays of one WebAssembly memory. All sums are in f64.
 */
// biome-ignore lint/suspicious/noExplicitAny: as in Optimizer, so that functions accept every Lbfgs.
export class Lbfgs<P extends ParameterMap<P> = any> extends Disposable {
  #params: Views<P>;
  #grads: Views<P>;
  readonly #shapes: Inspected["shapes"];
  readonly #bytes: number;
  readonly #options: Settings;
  // Not readonly, because `dispose()` clears them.
  #kernels: KernelsOf<typeof modules>;
  #args: KernelArguments;
  #gradient: Float32Array<ArrayBuffer>;
  #place: Place;
  // Byte addresses. p, g: parameters and gradient. x, gx: the same at the start of the last iteration. kept, gKept: the same at the point
  // that the line search keeps. d: direction. s, y: the pairs, `stride` bytes apart.
  readonly #at: Record<"p" | "g" | "x" | "gx" | "d" | "kept" | "gKept" | "s" | "y", number>;
  readonly #stride: number;
  // The pairs are a ring buffer. `#oldest` is the index of the oldest one.
  #oldest = 0;
  #pairs = 0;
  readonly #rho: Float64Array;
  readonly #alpha: Float64Array;
  #scale = 1; // H0 = scale · I
  #fresh = true; // no curvature is known, so the step needs another scale
  #scaleFree = false;
  #moved = false; // the pair of the last iteration is not stored yet
  #reach = 0; // the largest change of an element in the last move
  #t = 0;
  #evaluations = 0;
  #loss = Number.NaN;
  #gradientNorm = Number.NaN;
  #reason: LbfgsReason | undefined;
  #disposed = false;
  // Whether a load has failed while it wrote the arrays.
  #torn = false;
  #inClosure = false;

  /** @internal */
  constructor(parameters: P, options: LbfgsOptions | undefined) {
    super();
    const { settings, source } = read(options);
    this.#options = settings;
    const { history } = settings;
    const given = readParameters("lbfgs", parameters);
    const tensors = source === ownMemory ? given : copyInitial(given);
    const length = tensors.reduce((sum, tensor) => sum + tensor.length, 0);
    const stride = blockBytes(length);
    const single = ["p", "g", "x", "gx", "d", "kept", "gKept"] as const;
    const bytes = firstBlock + (single.length + 2 * history) * stride;
    if (bytes > capacity) {
      const most = Math.floor(((capacity - firstBlock) / stride - single.length) / 2);
      throw new RangeError(
        `lbfgs: ${length} parameters with a history of ${history} exceed one WebAssembly memory; ` +
          (most > 0 ? `expected a history of at most ${most}` : "expected fewer parameters"),
      );
    }

    this.#stride = stride;
    this.#rho = new Float64Array(history);
    this.#alpha = new Float64Array(history);
    this.#shapes = tensors.map(({ name, shape }) => [name, shape]);
    this.#place = source.open({ rule: "lbfgs", tensors, writesGrads: true, shared: false });
    try {
      // Pages without a pair take no physical memory.
      const block = this.#place.allocate(bytes);
      const { buffer } = block.memory;
      const address = (array: number) => block.address + firstBlock + array * stride;
      this.#at = {
        ...(Object.fromEntries(single.map((name, i) => [name, address(i)])) as Record<(typeof single)[number], number>),
        s: address(single.length),
        y: address(single.length + history),
      };
      const views = (at: number) => viewsOf<P>(buffer, tensors, arrayLayout(at, [{ tensors }], [stride]).tensors);
      this.#params = views(this.#at.p);
      this.#grads = views(this.#at.g);
      this.#bytes = block.bytes;
      for (const { name, initial } of tensors) if (initial) this.params[name as keyof P].set(initial);
      this.#gradient = new Float32Array(buffer, this.#at.g, length);
      this.#args = new KernelArguments(buffer, block.address + argumentsAddress(0), 0, length);
      this.#kernels = instantiate(block.memory, modules, block.instances);
    } catch (error) {
      this.#place.free?.();
      throw error;
    }
  }

  /** The parameters by name. Write into the arrays; `step()` changes them in place. */
  get params(): Views<P> {
    if (this.#disposed) throw disposedError("lbfgs", "params");
    return this.#params;
  }

  /** The gradients by name. The closure fills them. Between calls of `step()` they are those of the last evaluation. */
  get grads(): Views<P> {
    if (this.#disposed) throw disposedError("lbfgs", "grads");
    return this.#grads;
  }

  /** One line: `lbfgs of 1 parameter (x [2]), 2 floats, 65.5 kB, t = 0`. The bytes are those of its memory or block. */
  override toString(): string {
    return oneLine(this.#inspected());
  }

  /** Several lines: each parameter, and the options. Consoles print it. */
  get summary(): string {
    return manyLines(this.#inspected(), [`options: ${showOptions(Object.entries(this.#options))}`]);
  }

  #inspected() {
    return { name: "lbfgs", t: this.#t, bytes: this.#bytes, shapes: this.#shapes };
  }

  /** Number of completed iterations. */
  get t(): number {
    return this.#t;
  }

  /** Number of calls of closures. */
  get evaluations(): number {
    return this.#evaluations;
  }

  /** The last accepted loss. It is the loss at `params`, except after the last move of a `step()` without line search. NaN at first. */
  get loss(): number {
    return this.#loss;
  }

  /** The largest magnitude in the gradient of `loss`. NaN at first. */
  get gradientNorm(): number {
    return this.#gradientNorm;
  }

  /** Why the last `step()` returned; undefined before. */
  get reason(): LbfgsReason | undefined {
    return this.#reason;
  }

  /**
   * Minimizes the closure's loss from the current `params`, in up to `iterations` iterations.
   * @returns the loss at the start, as in PyTorch; `loss` is the loss at the end.
   * @throws TypeError if the closure is not a function or does not return a number. RangeError if loss or gradient is not finite at the
   *   start, or after a move without line search (a line search tries a shorter move). Errors of the closure pass through. After an error,
   *   `params` are those of the last completed iteration.
   */
  step(closure: Closure): number {
    this.#check();
    checkFunction("lbfgs: closure", closure);
    const { iterations, evaluations, gradientTolerance, changeTolerance } = this.#options;
    const begun = this.#evaluations;
    const initial = this.start(closure);
    this.#reason = undefined;
    for (let i = 1; this.#reason === undefined; i++) {
      if (this.#gradientNorm <= gradientTolerance) {
        this.#reason = "gradient";
        break;
      }
      const before = this.#loss;
      const last = i === iterations;
      const left = evaluations - (this.#evaluations - begun);
      const ended = this.iterate(closure, left, changeTolerance, last);
      if (ended) this.#reason = ended;
      else if (last && this.#options.lineSearch === "none") this.#reason = "iterations";
      else if (this.#gradientNorm <= gradientTolerance) this.#reason = "gradient";
      else if (Math.abs(this.#loss - before) < changeTolerance || this.#reach <= changeTolerance) this.#reason = "change";
      else if (last) this.#reason = "iterations";
      else if (this.#evaluations - begun >= evaluations) this.#reason = "evaluations";
    }
    return initial;
  }

  /**
   * Drops all references to the memory, so that the engine can free it. A view that the caller keeps stays valid, and keeps the memory. An
   * arena gets the block back, and gives it to a later optimizer: drop your views.
   * Afterwards `step()`, `params` and `grads` throw an Error; `t`, `loss` and all other numbers stay. A second `dispose()` does nothing.
   * `using` calls it, in engines with `Symbol.dispose`.
   */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#place.free?.();
    this.#place = this.#kernels = this.#args = this.#gradient = this.#params = this.#grads = undefined as never;
  }

  /**
   * @internal Evaluates at `params`. With `scaleFree`, iterations do not depend on the unit of the loss: a loss times a power of 2 leads to
   * the same points, bit for bit. Without `scaleFree`, iterations compare the loss with constants, as in PyTorch.
   */
  start(closure: Closure, scaleFree = false): number {
    this.#scaleFree = scaleFree;
    const loss = this.#evaluate(closure);
    const norm = this.#peak(this.#at.g);
    this.#checkFinite("at the start", loss, norm);
    this.#loss = loss;
    this.#gradientNorm = norm;
    return loss;
  }

  /**
   * @internal One iteration from the last evaluated point: a direction and a move along it, in up to `most` + 1 calls of the closure. It
   * ends a search when the expected change of loss or parameters is below the tolerance. Without line search, the last iteration does not
   * evaluate its end point.
   * @returns the reason if no further iteration is possible
   */
  iterate(closure: Closure, most: number, changeTolerance = 0, last = false): Exclude<LbfgsReason, "iterations"> | undefined {
    const { p, g, x, gx, d } = this.#at;
    const { lr, lineSearch } = this.#options;
    this.#storePair();
    this.#copy(p, x);
    this.#copy(g, gx);
    const begun = this.#evaluations;
    for (;;) {
      if (this.#fresh && this.#scaleFree) this.#scale = Math.min(1 / this.#norm1(g), largestF32); // a move with 1-norm 1
      this.#computeDirection();
      const slope = this.#dot(g, d);
      if (slope < 0 && slope > -Infinity) {
        if (slope > -changeTolerance) return "change";
        const first = this.#fresh && !this.#scaleFree ? Math.min(1, 1 / this.#norm1(g)) * lr : lr;
        const left = Math.min(trials, most - (this.#evaluations - begun));
        const unbounded = this.#restoring(() =>
          lineSearch === "none" ? this.#move(closure, first, last) : this.#search(closure, first, slope, changeTolerance, left),
        );
        if (unbounded) return "unbounded";
        if (this.#reach > 0) {
          this.#fresh = false;
          this.#moved = true;
          this.#t += 1;
          return undefined;
        }
        if (this.#evaluations - begun >= most) return "evaluations";
      }
      // Rounding has spoiled the direction. Tries again along the gradient, like L-BFGS-B (Zhu et al. 1997).
      if (this.#pairs === 0) return "precision";
      this.#pairs = 0;
      this.#scale = 1;
      this.#fresh = true;
    }
  }

  /** Stores the pair of the last iteration: the change s of the parameters, in f32, and the change y of the gradient. */
  #storePair(): void {
    if (!this.#moved) return;
    this.#moved = false;
    const { p, g, x, gx } = this.#at;
    const { history } = this.#options;
    const index = (this.#oldest + this.#pairs) % history;
    // Computed in unused arrays, so that a rejected pair does not overwrite the oldest one.
    const [s, y] = [this.#at.d, this.#at.kept];
    this.#axpy(p, -1, x, s);
    this.#axpy(g, -1, gx, y);
    const curvature = this.#dot(y, s);
    if (!(curvature > (this.#scaleFree ? -leastRise * this.#dot(gx, s) : leastCurvature))) return;
    this.#copy(s, this.#s(index));
    this.#copy(y, this.#y(index));
    this.#rho[index] = 1 / curvature;
    this.#scale = curvature / this.#dot(y, y);
    if (this.#pairs < history) this.#pairs += 1;
    else this.#oldest = (this.#oldest + 1) % history;
  }

  /** d <- -H·g, by the two-loop recursion of Nocedal & Wright, algorithm 7.4. The sign changes between the loops. */
  #computeDirection(): void {
    const { g, d } = this.#at;
    const { history } = this.#options;
    this.#copy(g, d);
    for (let i = this.#pairs - 1; i >= 0; i--) {
      const pair = (this.#oldest + i) % history;
      const alpha = (this.#rho[pair] as number) * this.#dot(this.#s(pair), d);
      this.#alpha[pair] = alpha;
      this.#axpy(d, -alpha, this.#y(pair), d);
    }
    this.#args.scalars<"scal">("alpha", -this.#scale);
    this.#kernels.scal(this.#args.begin, this.#args.end, d, this.#args.c);
    for (let i = 0; i < this.#pairs; i++) {
      const pair = (this.#oldest + i) % history;
      const beta = (this.#rho[pair] as number) * this.#dot(this.#y(pair), d);
      this.#axpy(d, -(this.#alpha[pair] as number) - beta, this.#s(pair), d);
    }
  }

  /** Moves by a given step, without line search. */
  #move(closure: Closure, step: number, last: boolean): boolean {
    const { p, g, x, d } = this.#at;
    this.#axpy(x, step, d, p);
    this.#reach = this.#same(p, x) ? 0 : step * this.#peak(d);
    if (last || this.#reach === 0) return false;
    const loss = this.#evaluate(closure);
    const norm = this.#peak(g);
    this.#checkFinite(`after iteration ${this.#t + 1}`, loss, norm);
    this.#loss = loss;
    this.#gradientNorm = norm;
    return false;
  }

  /** Moves to the point that the line search finds. @returns whether the loss falls without end. */
  #search(closure: Closure, first: number, slope: number, changeTolerance: number, most: number): boolean {
    const { p, g, x, d, kept, gKept } = this.#at;
    const keep = () => {
      this.#copy(p, kept);
      this.#copy(g, gKept);
    };
    const line: Line = {
      keep,
      at: (step) => {
        this.#axpy(x, step, d, p);
        if (this.#same(p, kept)) return undefined;
        const loss = this.#evaluate(closure);
        const slope = this.#dot(g, d);
        const tooFar = Number.isNaN(loss) || loss === Infinity || Number.isNaN(slope) || slope === Infinity;
        return tooFar ? { step, value: Infinity, slope: Infinity } : { step, value: loss, slope };
      },
    };
    keep();
    const size = this.#peak(d);
    // Half of the range of f32, so that rounding makes no parameter infinite.
    const longest = Math.min(largestF32, Math.max(0, largestF32 / 2 - this.#peak(x)) / size);
    const start = { step: 0, value: this.#loss, slope };
    const { point, kept: back, unbounded } = strongWolfe(line, start, first, longest, changeTolerance / size, most);
    if (back) {
      this.#copy(kept, p);
      this.#copy(gKept, g);
    }
    this.#reach = point.step * size;
    this.#loss = point.value;
    this.#gradientNorm = this.#peak(g);
    return unbounded;
  }

  /** Calls `move`. If it throws, restores the start of the iteration. */
  #restoring<T>(move: () => T): T {
    try {
      return move();
    } catch (error) {
      if (this.#disposed) throw error;
      this.#copy(this.#at.x, this.#at.p);
      this.#copy(this.#at.gx, this.#at.g);
      throw error;
    }
  }

  #evaluate(closure: Closure): number {
    this.#gradient.fill(0);
    this.#evaluations += 1;
    this.#inClosure = true;
    let loss: unknown;
    try {
      loss = closure();
    } finally {
      this.#inClosure = false;
    }
    this.#check();
    if (typeof loss !== "number") throw wrongKind("lbfgs: closure", "to return the loss, a number", loss);
    return loss;
  }

  /** A closure may have called `dispose()`. */
  #check(): void {
    if (this.#disposed) throw disposedError("lbfgs", "step()");
    if (this.#torn) throw new Error("lbfgs: step() expected another load(): the last one read only a part");
  }

  #checkFinite(when: string, loss: number, norm: number): void {
    if (!Number.isFinite(loss)) throw wrongValue(`lbfgs: the loss ${when}`, "a finite number", loss);
    if (Number.isFinite(norm)) return;
    for (const [name, array] of Object.entries<Float32Array>(this.grads)) {
      const index = array.findIndex((x) => !Number.isFinite(x));
      if (index >= 0)
        throw wrongValue(`lbfgs: the gradient of ${showNames([name])}[${index}] ${when}`, "a finite number", array[index]);
    }
  }

  #s(pair: number): number {
    return this.#at.s + pair * this.#stride;
  }

  #y(pair: number): number {
    return this.#at.y + pair * this.#stride;
  }

  /** y <- x + rate·d */
  #axpy(x: number, rate: number, d: number, y: number): void {
    const { begin, end, c } = this.#args;
    this.#args.scalars<"axpy">("alpha", rate);
    this.#kernels.axpy(begin, end, x, d, y, c);
  }

  #copy(from: number, to: number): void {
    this.#kernels.copy(this.#args.begin, this.#args.end, from, to);
  }

  #dot(x: number, y: number): number {
    return dot(this.#kernels, this.#args, x, y);
  }

  #norm1(x: number): number {
    this.#kernels.asum(this.#args.begin, this.#args.end, x, this.#args.r);
    return this.#args.sum;
  }

  #peak(x: number): number {
    return this.#kernels.maxAbs(this.#args.begin, this.#args.end, x);
  }

  #same(x: number, y: number): boolean {
    this.#kernels.squaredDistance(this.#args.begin, this.#args.end, x, y, this.#args.r);
    return this.#args.sum === 0;
  }

  /**
   * @internal For checkpoints: the arrays that iterations change, with `pairs` pairs, the oldest first; x and gx until the pair of the last
   * iteration is stored.
   */
  memoryOf(pairs: number, moved: boolean): { readonly [name: string]: Float32Array<ArrayBuffer> } {
    if (this.#disposed) throw disposedError("lbfgs", "params");
    const { buffer, length } = this.#gradient;
    const view = (at: number) => new Float32Array(buffer, at, length);
    const arrays: Record<string, Float32Array<ArrayBuffer>> = moved ? { x: view(this.#at.x), gx: view(this.#at.gx) } : {};
    for (let i = 0; i < pairs; i++) {
      const pair = (this.#oldest + i) % this.#options.history;
      arrays[`s.${i}`] = view(this.#s(pair));
      arrays[`y.${i}`] = view(this.#y(pair));
    }
    return arrays;
  }

  /** @internal Throws inside the closure. */
  checkIdle(method: string): void {
    if (this.#inClosure) throw new Error(`lbfgs: ${method}() expected to be called between steps, not from the closure`);
  }

  /** @internal For checkpoints: options and shapes, and whether a load failed after its first change. */
  get described() {
    return { options: this.#options, shapes: new Map(this.#shapes), torn: this.#torn };
  }

  /** @internal For checkpoints: the numbers that iterations change. */
  get progress(): LbfgsProgress {
    const rho = Array.from({ length: this.#pairs }, (_, i) => this.#rho[(this.#oldest + i) % this.#options.history] as number);
    return {
      t: this.#t,
      evaluations: this.#evaluations,
      loss: this.#loss,
      gradientNorm: this.#gradientNorm,
      reason: this.#reason,
      rho,
      scale: this.#scale,
      fresh: this.#fresh,
      moved: this.#moved,
    };
  }

  /** @internal Set to undefined before arrays are written, and to the numbers afterwards. */
  set progress(progress: LbfgsProgress | undefined) {
    this.#torn = progress === undefined;
    if (!progress) return;
    this.#t = progress.t;
    this.#evaluations = progress.evaluations;
    this.#loss = progress.loss;
    this.#gradientNorm = progress.gradientNorm;
    this.#reason = progress.reason;
    for (const [i, rho] of progress.rho.entries()) this.#rho[(this.#oldest + i) % this.#options.history] = rho;
    this.#pairs = progress.rho.length;
    this.#scale = progress.scale;
    this.#fresh = progress.fresh;
    this.#moved = progress.moved;
  }

  /** @internal As in Optimizer. */
  static override [Symbol.hasInstance](value: unknown): value is Lbfgs {
    return typeof value === "object" && value !== null && #params in value;
  }

  static {
    printable(Lbfgs.prototype, "Lbfgs", ({ summary }) => summary);
    refuseAssignments(Lbfgs.prototype, (opt, name, value) => cannotSetProperty("lbfgs", "opt", opt, name, value, [], names));
  }
}

/**
 * L-BFGS, a quasi-Newton method with line search. For smooth losses, computed from all data at once. Each parameter is a length, a shape, or
 * a Float32Array of initial values (copied).
 *
 * Liu & Nocedal 1989, https://doi.org/10.1007/BF01589116; Nocedal & Wright, algorithms 7.4 and 7.5. Directions, steps and stopping are as in
 * torch.optim.LBFGS, with four exceptions. s is the change of the parameters after rounding to f32. After a NaN or infinite loss, the line
 * search tries a shorter step. A line search has up to 25 trials after the first. If it finds no lower point, L-BFGS discards the pairs and
 * tries the gradient.
 *
 * Memory: 7 + 2·history floats per parameter.
 * @throws TypeError for a wrong kind of value or an unknown name. RangeError for a value outside its interval.
 * @example
 * ```ts
 * const opt = lbfgs({ x: Float32Array.of(-1.2, 1) }, { iterations: 100 });
 * opt.step(() => {
 *   const [a, b] = opt.params.x;
 *   opt.grads.x.set([-400 * a * (b - a * a) - 2 * (1 - a), 200 * (b - a * a)]);
 *   return 100 * (b - a * a) ** 2 + (1 - a) ** 2;
 * });
 * console.log(opt.params.x[0].toFixed(2), opt.params.x[1].toFixed(2)); // prints 1.00 1.00
 * ```
 */
export function lbfgs<const P extends ParameterMap<P>>(parameters: P, options?: LbfgsOptions): Lbfgs<P> {
  return new Lbfgs(parameters, options);
}
