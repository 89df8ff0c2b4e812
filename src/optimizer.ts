import type { Addresses, Hypers, Phase, Settings, Slots, Spec, Values } from "./define.js";
import { HyperParameters } from "./hyper.js";
import { type Parameters, readParameters, type Tensor } from "./parameters.js";
import { Sweep } from "./sweep.js";
import { allocate, capacity, instantiate, type Kernels } from "./wasm.js";

/** A Float32Array for each parameter: views of one WebAssembly memory, valid as long as the optimizer. */
export type Views<P> = { readonly [K in keyof P]: Float32Array<ArrayBuffer> };

/** The state arrays of a rule; one that hyper-parameters can leave out may be undefined. */
export type State<P, S> = { readonly [K in keyof S]: S[K] extends { needs: unknown } ? Views<P> | undefined : Views<P> };

const bytesPerElement = Float32Array.BYTES_PER_ELEMENT;
const cacheLine = 64;
const scalarsAddress = cacheLine;
// The compiler takes for granted that no array starts below 1024, so that constant offsets never wrap around.
const firstBlock = 1024;
// Steps after which state that has decayed to subnormal numbers is set to 0: rare enough to cost 1 % at most, and soon
// enough that the numbers, on which an operation takes many times as long, stay few.
const flushPeriod = 64;
const roundUp = (bytes: number) => Math.ceil(bytes / cacheLine) * cacheLine;

/** A record that inherits no names, not even `__proto__`. V8 finds its properties seven times as fast as Object.create(null)'s. */
// biome-ignore lint/complexity/useArrowFunction: it is a constructor.
const NamedRecord = function () {} as unknown as new () => Record<string, Float32Array>;
NamedRecord.prototype = Object.freeze(Object.create(null));

function views<P>(memory: WebAssembly.Memory, address: number, tensors: readonly Tensor[]): Views<P> {
  const record = new NamedRecord();
  let at = address;
  for (const { name, length } of tensors) {
    record[name] = new Float32Array(memory.buffer, at, length);
    at += length * bytesPerElement;
  }
  return Object.freeze(record) as Views<P>;
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

  readonly #kernels: Kernels;
  readonly #at: Addresses<S>;
  readonly #sweep: Sweep;
  readonly #hyper: HyperParameters<H, S>;
  readonly #carry: Float64Array;
  readonly #p: Float32Array<ArrayBuffer>;
  readonly #g: Float32Array<ArrayBuffer>;
  // All state blocks, which follow each other.
  readonly #stateAddress: number;
  readonly #stateLength: number;
  #t = 0;
  #shifted = false;
  #unmoved: Float32Array<ArrayBuffer> | undefined;

  /** @internal `link` puts the kernels of another build on the memory, for measuring. */
  constructor(spec: Spec<H, S>, parameters: P, options: Partial<Settings<H>> | undefined, link = instantiate) {
    const hyper = new HyperParameters(spec, options);
    const tensors = readParameters(spec.name, parameters);
    const length = tensors.reduce((sum, tensor) => sum + tensor.length, 0);
    const block = roundUp(length * bytesPerElement);
    const arrays = ["p", "g", ...hyper.slots];
    const most = Math.floor((capacity - firstBlock) / arrays.length / cacheLine) * (cacheLine / bytesPerElement);
    if (length > most) {
      throw new RangeError(
        `${spec.name}: ${length} parameters with their state exceed one WebAssembly memory; ` +
          `expected at most ${most}: split them over several optimizers`,
      );
    }

    const memory = allocate(firstBlock + arrays.length * block);
    const at = Object.fromEntries(Object.keys(spec.state).map((slot) => [slot, 0]));
    for (const [i, array] of arrays.entries()) at[array] = firstBlock + i * block;
    const whole = (array: string) => new Float32Array(memory.buffer, at[array] as number, length);
    const byName = (array: string) => views<P>(memory, at[array] as number, tensors);

    this.spec = spec;
    this.params = byName("p");
    this.grads = byName("g");
    const state = Object.entries(spec.state).map(([slot, layout]) => {
      if (typeof layout === "object" && layout.start !== undefined) whole(slot).fill(hyper.values[layout.start] as number);
      return [slot, hyper.slots.includes(slot) ? byName(slot) : undefined];
    });
    this.state = Object.freeze(Object.fromEntries(state));
    for (const { name, initial } of tensors) if (initial) this.params[name as keyof P].set(initial);

    this.#kernels = link(memory);
    this.#at = at as Addresses<S>;
    this.#sweep = new Sweep(memory.buffer, scalarsAddress, 0, length);
    this.#hyper = hyper;
    this.#carry = Float64Array.from(spec.carry ?? []);
    this.#p = whole("p");
    this.#g = whole("g");
    this.#stateAddress = firstBlock + 2 * block;
    this.#stateLength = (hyper.slots.length * block) / bytesPerElement;
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
    return this.#shifted;
  }

  /**
   * One update of all parameters from `grads`. Allocates nothing, but for the numbers that schedules return. After
   * `shift()` it completes the two-phase step.
   * @throws when a schedule returns something that is not a number in its interval; nothing is changed then.
   */
  step(): void {
    const { spec } = this;
    this.#hyper.resolve(this.#t);
    if (this.#shifted) {
      const two = spec.twoPhase;
      if (two?.gather) this.#run(two.gather);
      this.unshift();
      this.#run(two?.complete ?? spec.step);
    } else {
      this.#run(spec.step);
    }
    this.#t += 1;
    if (this.#t % flushPeriod === 0) this.#kernels.flush(0, this.#stateLength, this.#stateAddress);
  }

  /**
   * First phase of a two-phase step: moves `params` to the point where the rule wants the gradient. Fill `grads` there
   * and call `step()`, which starts from the unmoved point, restored bit for bit.
   * @throws TypeError when the rule has one phase only, Error when the parameters are shifted already.
   */
  shift(): void {
    const two = this.spec.twoPhase;
    if (!two) throw new TypeError(`${this.spec.name}: shift() expected a rule with a two-phase form`);
    if (this.#shifted)
      throw new Error(`${this.spec.name}: shift() expected step() or unshift() first: the parameters are shifted`);
    this.#hyper.resolve(this.#t);
    // Kept outside the WebAssembly memory, so that only those who shift pay for it.
    this.#unmoved ??= new Float32Array(this.#p.length);
    this.#unmoved.set(this.#p);
    this.#run(two.shift);
    this.#shifted = true;
  }

  /** Puts the parameters back, bit for bit, and forgets the shift. Nothing happens when they are not shifted. */
  unshift(): void {
    if (!this.#shifted) return;
    this.#p.set(this.#unmoved as Float32Array);
    this.#shifted = false;
  }

  /** Sets all gradients to 0. */
  zeroGrad(): void {
    this.#g.fill(0);
  }

  /** The name of the first parameter whose value or gradient is NaN or infinite somewhere. One pass over the block. */
  nonFinite(of: "params" | "grads"): (keyof P & string) | undefined {
    const { begin, end } = this.#sweep;
    if (Number.isFinite(this.#kernels.peak(begin, end, of === "params" ? this.#at.p : this.#at.g))) return undefined;
    const named = Object.entries<Float32Array>(this[of]);
    return named.find(([, array]) => !array.every((x) => Number.isFinite(x)))?.[0] as keyof P & string;
  }

  /** @internal The unmoved parameters as one block. */
  copyParams(into = new Float32Array(this.#p.length)): Float32Array<ArrayBuffer> {
    into.set(this.#shifted ? (this.#unmoved as Float32Array) : this.#p);
    return into;
  }

  /** @internal Sets all parameters from such a block, and forgets a shift. */
  restoreParams(block: Float32Array): void {
    this.#shifted = false;
    this.#p.set(block);
  }

  #run(phase: Phase<H, S>): void {
    const values = this.#hyper.values;
    const decay = values.weightDecay as number;
    const shrink = (values.lr as number) * decay;
    if (this.spec.decay === "decoupled") this.#sweep.trunk(1, 0, 1 - shrink);
    else if (this.spec.decay === "proximal") this.#sweep.trunk(1, 0, 1 / (1 + shrink));
    else this.#sweep.trunk(1, decay, 1);
    phase(this.#kernels, this.#sweep, this.#at, values, this.#t + 1, this.#carry);
  }
}
