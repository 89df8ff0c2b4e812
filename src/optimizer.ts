import type { Addresses, Hypers, Options, Phase, Settings, Slots, Spec, Values } from "./define.js";
import { HyperParameters } from "./hyper.js";
import { blockBytes, firstBlock, sweepAddress, type Views, viewsAt } from "./layout.js";
import { type Parameters, readParameters, type Tensor } from "./parameters.js";
import { Sweep } from "./sweep.js";
import { allocate, capacity, instantiate, type Kernels } from "./wasm.js";

/** The state arrays of a rule; one that hyper-parameters can leave out may be undefined. */
export type State<P, S> = { readonly [K in keyof S]: S[K] extends { needs: unknown } ? Views<P> | undefined : Views<P> };

// Steps after which state that has decayed to subnormal numbers is set to 0: rare enough to cost 1 % at most, and soon
// enough that the numbers, on which an operation takes many times as long, stay few.
const flushPeriod = 64;

/** A contiguous array of the memory, with a view for each tensor. */
interface Block<P> {
  readonly address: number;
  readonly whole: Float32Array<ArrayBuffer>;
  readonly views: Views<P>;
}

/** What a phase runs over: all parameters, or one tensor. */
interface Part<S> {
  readonly sweep: Sweep;
  readonly at: Addresses<S>;
}

/**
 * Parameters, their gradients and the state of one rule, each a contiguous block of one WebAssembly memory, and the step
 * over them. Made by calling a rule: `adam({ weight: [10, 784], bias: 10 }, { lr: 1e-3 })`.
 */
// biome-ignore lint/suspicious/noExplicitAny: a step is contravariant in its hyper-parameters, so no other default holds all.
export class Optimizer<P extends Parameters<P> = any, H extends Hypers = any, S extends Slots = any> {
  readonly spec: Spec<H, S>;
  /** The parameters by name. Write into the arrays; `step()` changes them in place. */
  readonly params: Views<P>;
  /** The gradients by name, to be filled before each `step()`. */
  readonly grads: Views<P>;
  /** The state by slot and name: `opt.state.m.weight`. */
  readonly state: State<P, S>;
  /** The numbers that the rule carries from step to step, by name; read-only. */
  readonly carry: { readonly [name: string]: number };

  readonly #kernels: Kernels;
  readonly #whole: Sweep;
  readonly #parts: readonly Part<S>[];
  readonly #hyper: HyperParameters<H, S>;
  readonly #carry: Float64Array;
  readonly #p: Block<P>;
  readonly #g: Block<P>;
  // All state blocks, which follow each other.
  readonly #stateAddress: number;
  readonly #stateLength: number;
  #t = 0;
  #away: "shifted" | "evaluating" | undefined;
  #unmoved: Float32Array<ArrayBuffer> | undefined;

  /** @internal `link` puts the kernels of another build on the memory, for measuring. */
  constructor(spec: Spec<H, S>, parameters: P, options: Options<H> | undefined, link = instantiate) {
    const hyper = new HyperParameters(spec, options);
    const tensors = readParameters(spec.name, parameters);
    const sum = (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0);
    const lengthIn = (array: string) => (tensor: Tensor) => {
      const slot = spec.state[array];
      return (typeof slot === "object" ? slot.length?.(tensor.shape) : undefined) ?? tensor.length;
    };
    const total = (array: string) => sum(tensors.map(lengthIn(array)));
    const arrays = ["p", "g", ...hyper.slots];
    const scratch = Math.max(0, ...tensors.map(({ shape }) => spec.scratch?.(shape) ?? 0));
    const sizes = [...arrays.map(total), scratch].map(blockBytes);
    const length = total("p");
    if (firstBlock + sum(sizes) > capacity) {
      const most = Math.floor(((capacity - firstBlock) / sum(sizes)) * length);
      throw new RangeError(
        `${spec.name}: ${length} parameters with their state exceed one WebAssembly memory; ` +
          `expected at most ${most}: split them over several optimizers`,
      );
    }

    const memory = allocate(firstBlock + sum(sizes));
    const addresses = sizes.map((_, i) => firstBlock + sum(sizes.slice(0, i)));
    const none = [...Object.keys(spec.state), "scratch"].map((array) => [array, 0]);
    const first = Object.fromEntries([...none, ...arrays.map((array, i) => [array, addresses[i]])]);
    if (scratch > 0) first.scratch = addresses[arrays.length];
    const block = (array: string): Block<P> => {
      const address = first[array] as number;
      const whole = new Float32Array(memory.buffer, address, total(array));
      return { address, whole, views: viewsAt(memory, address, tensors, lengthIn(array)) };
    };
    const blocks = Object.fromEntries(arrays.map((array) => [array, block(array)])) as Record<string, Block<P>>;

    this.spec = spec;
    this.#p = blocks.p as Block<P>;
    this.#g = blocks.g as Block<P>;
    this.params = this.#p.views;
    this.grads = this.#g.views;
    this.state = Object.freeze(Object.fromEntries(Object.keys(spec.state).map((slot) => [slot, blocks[slot]?.views]))) as State<
      P,
      S
    >;
    for (const { name, initial } of tensors) if (initial) this.params[name as keyof P].set(initial);
    for (const slot of hyper.slots) {
      const layout = spec.state[slot];
      if (typeof layout === "object" && layout.start !== undefined)
        blocks[slot]?.whole.fill(hyper.values[layout.start] as number);
    }

    this.#kernels = link(memory);
    this.#hyper = hyper;
    const numbers = Object.entries(spec.carry ?? {});
    this.#carry = Float64Array.from(numbers, ([, start]) => start);
    const getters = numbers.map(([name], i) => [name, { enumerable: true, get: () => this.#carry[i] as number }] as const);
    this.carry = Object.freeze(Object.defineProperties({}, Object.fromEntries(getters)));
    this.#whole = new Sweep(memory.buffer, sweepAddress, 0, length);
    this.#parts = spec.perTensor
      ? tensors.map(({ name, shape, length }) => ({
          sweep: new Sweep(memory.buffer, sweepAddress, 0, length, shape),
          at: {
            ...first,
            ...Object.fromEntries(arrays.map((array) => [array, blocks[array]?.views[name as keyof P].byteOffset])),
          } as Addresses<S>,
        }))
      : [{ sweep: this.#whole, at: first as Addresses<S> }];
    this.#stateAddress = addresses[2] as number;
    this.#stateLength = sum(sizes.slice(2, arrays.length)) / Float32Array.BYTES_PER_ELEMENT;
  }

  /** Number of completed steps. */
  get t(): number {
    return this.#t;
  }

  /**
   * The hyper-parameters as they are set: numbers, or schedules `(t) => number`. Assigning checks like the constructor
   * and takes effect at the next step.
   */
  get hyper(): Settings<H> {
    return this.#hyper.settings;
  }

  /** The hyper-parameters as numbers: those of the last step, or what was set since. */
  get current(): Values<H> {
    return this.#hyper.current;
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
   * One update of all parameters from `grads`. Allocates nothing, but for the numbers that schedules return. After
   * `shift()` it completes the two-phase step.
   * @throws when a schedule returns something that is not a number in its interval, or between `eval()` and `train()`;
   * nothing is changed then.
   */
  step(): void {
    const { spec } = this;
    if (this.#away === "evaluating") throw this.#notTraining("step");
    this.#hyper.resolve(this.#t);
    if (this.#away === "shifted") {
      const two = spec.twoPhase;
      if (two?.gather) this.#run(two.gather);
      this.unshift();
      this.#run(two?.complete ?? spec.step);
    } else {
      this.#run(spec.step);
    }
    if (this.#hyper.decay === "proximal") this.#divide();
    this.#t += 1;
    if (this.#t % flushPeriod === 0) this.#kernels.flush(0, this.#stateLength, this.#stateAddress);
  }

  /**
   * First phase of a two-phase step: moves `params` to the point where the rule wants the gradient. Fill `grads` there
   * and call `step()`, which starts from the unmoved point, restored bit for bit.
   * @throws TypeError when the rule has one phase only, Error when the parameters are shifted already or evaluated.
   */
  shift(): void {
    const two = this.spec.twoPhase;
    if (!two) throw new TypeError(`${this.spec.name}: shift() expected a rule with a two-phase form`);
    if (this.#away === "evaluating") throw this.#notTraining("shift");
    if (this.#away === "shifted")
      throw new Error(`${this.spec.name}: shift() expected step() or unshift() first: the parameters are shifted`);
    this.#hyper.resolve(this.#t);
    this.#leave("shifted", two.shift);
  }

  /** Puts the parameters back, bit for bit, and forgets the shift. Nothing happens when they are not shifted. */
  unshift(): void {
    if (this.#away === "shifted") this.#return();
  }

  /**
   * Takes in `grads` without a step, for rules that learn from other gradients than those of the loss (Sophia: its
   * curvature).
   * @throws TypeError when the rule has no use for them.
   */
  observe(): void {
    const { observe } = this.spec;
    if (!observe) throw new TypeError(`${this.spec.name}: observe() expected a rule that takes in other gradients`);
    this.#hyper.resolve(this.#t);
    this.#run(observe);
  }

  /**
   * Sets `params` to those that the model is to be judged, used and saved with, where the rule trains others
   * (Schedule-Free, ASGD); `train()` goes back. With all other rules, and when done already, nothing happens.
   * @throws Error between `shift()` and `step()`.
   */
  eval(): void {
    const { evaluate, name } = this.spec;
    if (this.#away === "shifted")
      throw new Error(`${name}: eval() expected step() or unshift() first: the parameters are shifted`);
    if (evaluate && this.#t > 0 && this.#away === undefined) this.#leave("evaluating", evaluate);
  }

  /** Puts the parameters back, bit for bit, after `eval()`. */
  train(): void {
    if (this.#away === "evaluating") this.#return();
  }

  /** Sets all gradients to 0. */
  zeroGrad(): void {
    this.#g.whole.fill(0);
  }

  /** The name of the first parameter whose value or gradient is NaN or infinite somewhere. One pass over the block. */
  nonFinite(of: "params" | "grads"): (keyof P & string) | undefined {
    const { begin, end } = this.#whole;
    if (Number.isFinite(this.#kernels.peak(begin, end, (of === "params" ? this.#p : this.#g).address))) return undefined;
    const named = Object.entries<Float32Array>(this[of]);
    return named.find(([, array]) => !array.every((x) => Number.isFinite(x)))?.[0] as keyof P & string;
  }

  /** @internal The unmoved parameters as one block. */
  copyParams(into = new Float32Array(this.#whole.end)): Float32Array<ArrayBuffer> {
    into.set(this.#away ? (this.#unmoved as Float32Array) : this.#p.whole);
    return into;
  }

  /** @internal Sets all parameters from such a block, and forgets a shift. */
  restoreParams(block: Float32Array): void {
    this.#away = undefined;
    this.#p.whole.set(block);
  }

  #notTraining(method: string): Error {
    return new Error(`${this.spec.name}: ${method}() expected train() first: the parameters are those of eval()`);
  }

  #leave(where: "shifted" | "evaluating", phase: Phase<H, S>): void {
    // Kept outside the WebAssembly memory, so that only those who need it pay for it.
    this.#unmoved ??= new Float32Array(this.#whole.end);
    this.#unmoved.set(this.#p.whole);
    this.#run(phase);
    this.#away = where;
  }

  #return(): void {
    this.#p.whole.set(this.#unmoved as Float32Array);
    this.#away = undefined;
  }

  #run(phase: Phase<H, S>): void {
    const values = this.#hyper.values;
    const parts = this.#parts;
    for (let i = 0; i < parts.length; i++) {
      const { sweep, at } = parts[i] as Part<S>;
      this.#decay(sweep, values);
      phase(this.#kernels, sweep, at, values, this.#t + 1, this.#carry);
    }
  }

  /** Proximal decay, after the step. */
  #divide(): void {
    const { values } = this.#hyper;
    const decay = values.weightDecay as number;
    for (let i = 0; decay > 0 && i < this.#parts.length; i++) {
      const { sweep, at } = this.#parts[i] as Part<S>;
      sweep.trunk(1, 0, 1 / (1 + sweep.rate * decay));
      this.#kernels.shrink(sweep.begin, sweep.end, at.p, sweep.c);
    }
  }

  /** Sets the trunk of a part. */
  #decay(sweep: Sweep, values: Values<H>): void {
    const decay = values.weightDecay as number;
    sweep.rate = values.lr as number;
    this.spec.prepare?.(sweep, values, this.#t + 1, this.#carry);
    const shrink = sweep.rate * decay;
    const kind = this.#hyper.decay;
    if (kind === "l2") sweep.trunk(1, decay, 1);
    else if (kind === "decoupled") sweep.trunk(1, 0, 1 - shrink);
    else if (kind === "independent") sweep.trunk(1, 0, 1 - decay);
    else sweep.trunk(1, 0, 1, kind === "inside" ? decay : 0); // proximal decay comes after the step
  }
}
