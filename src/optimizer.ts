import type { Addresses, Hypers, Options, Phase, Settings, Slots, Spec, Values } from "./define.js";
import { Group } from "./group.js";
import { type Block, blockBytes, firstBlock, layOut, sweepAddress, type Views } from "./layout.js";
import { type Parameters, readParameters, type Tensor } from "./parameters.js";
import { readSettings } from "./settings.js";
import { float, type Shape } from "./shape.js";
import { Sweep } from "./sweep.js";
import { allocate, capacity, instantiate, type Kernels } from "./wasm.js";

/** The state arrays of a rule; one that hyper-parameters can leave out may be undefined. */
export type State<P, S> = { readonly [K in keyof S]: S[K] extends { needs: unknown } ? Views<P> | undefined : Views<P> };

// Steps after which state that has decayed to subnormal numbers is set to 0: rare enough to cost 1 % at most, and soon
// enough that the numbers, on which an operation takes many times as long, stay few.
const flushPeriod = 64;

/** What a phase runs over: all parameters of a group, or one tensor. */
interface Part<H extends Hypers, S extends Slots> {
  readonly group: Group<H, S>;
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
  /** The groups as they were given: their parameters, hyper-parameters, and whether they are frozen. */
  readonly groups: readonly Group<H, S>[];

  readonly #kernels: Kernels;
  // All parameters, with the gaps between groups.
  readonly #length: number;
  // That of the parameters which no group has, then the others.
  readonly #all: readonly Group<H, S>[];
  readonly #parts: readonly Part<H, S>[];
  readonly #p: Block<P>;
  readonly #g: Block<P>;
  // All state blocks, which follow each other.
  readonly #stateAddress: number;
  readonly #stateLength: number;
  readonly #clipNorm: number;
  readonly #sign: number;
  // What gradients are multiplied by; their norm.
  readonly #scale = Float64Array.of(1);
  readonly #norm = Float64Array.of(Number.NaN);
  #t = 0;
  #away: "shifted" | "evaluating" | undefined;
  #unmoved: Float32Array<ArrayBuffer> | undefined;

  /** @internal `link` puts the kernels of another build on the memory, for measuring. */
  constructor(spec: Spec<H, S>, parameters: P, options: Options<H, keyof P & string> | undefined, link = instantiate) {
    const tensors = readParameters(spec.name, parameters);
    const { memberships, clipNorm, maximize } = readSettings(spec, options, tensors);
    const slots = Object.keys(spec.state).filter((slot) => memberships.some(({ hyper }) => hyper.slots.includes(slot)));
    const sum = (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0);
    const lengthIn = (array: string) => (tensor: Tensor) => {
      const slot = spec.state[array];
      return (typeof slot === "object" ? slot.length?.(tensor.shape) : undefined) ?? tensor.length;
    };
    // Each array has a segment for each group, which starts on a cache line.
    const segments = (array: string) => memberships.map(({ tensors }) => blockBytes(sum(tensors.map(lengthIn(array)))));
    const arrays = ["p", "g", ...slots];
    const scratch = blockBytes(tensors.reduce((most, { shape }) => Math.max(most, spec.scratch?.(shape) ?? 0), 0));
    const sizes = arrays.map((array) => sum(segments(array)));
    const bytes = firstBlock + sum(sizes) + scratch;
    if (bytes > capacity) {
      const length = sum(tensors.map(({ length }) => length));
      const most = Math.floor(((capacity - firstBlock) / (bytes - firstBlock)) * length);
      throw new RangeError(
        `${spec.name}: ${length} parameters with their state exceed one WebAssembly memory; ` +
          `expected at most ${most || Math.floor(capacity / float)}: split them over several optimizers`,
      );
    }

    const memory = allocate(bytes);
    const blocks = new Map<string, Block<P>>();
    let address = firstBlock;
    for (const [i, array] of arrays.entries()) {
      blocks.set(array, layOut(memory, address, tensors, memberships, segments(array), lengthIn(array)));
      address += sizes[i] as number;
    }
    const block = (array: string) => blocks.get(array) as Block<P>;

    this.spec = spec;
    this.#p = block("p");
    this.#g = block("g");
    this.params = this.#p.views;
    this.grads = this.#g.views;
    const state = Object.keys(spec.state).map((slot) => [slot, blocks.get(slot)?.views]);
    this.state = Object.freeze(Object.fromEntries(state)) as State<P, S>;
    for (const { name, initial } of tensors) if (initial) this.params[name as keyof P].set(initial);

    this.#clipNorm = clipNorm;
    this.#sign = maximize ? -1 : 1;
    this.#kernels = link(memory);
    const parts: Part<H, S>[] = [];
    this.#all = memberships.map(({ tensors, hyper, frozen }, i) => {
      const group = new Group(
        spec,
        tensors.map(({ name }) => name),
        hyper,
        frozen,
      );
      for (const slot of hyper.slots) {
        const layout = spec.state[slot];
        if (typeof layout !== "object" || layout.start === undefined) continue;
        for (const { name } of tensors) block(slot).views[name as keyof P].fill(hyper.values[layout.start] as number);
      }
      // 0 for what the hyper-parameters of the group do not need.
      const laidOut = (array: string) => array === "p" || array === "g" || (hyper.slots as string[]).includes(array);
      const addresses = (of: (block: Block<P>) => number) =>
        ({
          ...Object.fromEntries(Object.keys(spec.state).map((slot) => [slot, 0])),
          ...Object.fromEntries(arrays.filter(laidOut).map((array) => [array, of(block(array))])),
          scratch: scratch > 0 ? address : 0,
        }) as Addresses<S>;
      const add = (length: number, shape: Shape, of: (block: Block<P>) => number) => {
        const sweep = new Sweep(memory.buffer, sweepAddress, 0, length, shape, this.#scale);
        parts.push({ group, sweep, at: addresses(of) });
      };
      const length = sum(tensors.map(({ length }) => length));
      if (spec.perTensor) {
        for (const { name, shape, length } of tensors) add(length, shape, ({ views }) => views[name as keyof P].byteOffset);
      } else if (length > 0) {
        add(length, [length], ({ segments }) => segments[i] as number);
      }
      return group;
    });
    this.#parts = parts;
    this.groups = Object.freeze(this.#all.slice(1));
    this.carry = (this.#all[0] as Group<H, S>).carry;
    this.#length = this.#p.whole.length;
    this.#stateAddress = firstBlock + (sizes[0] as number) + (sizes[1] as number);
    this.#stateLength = sum(sizes.slice(2)) / float;
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
    return (this.#all[0] as Group<H, S>).hyper;
  }

  /** The hyper-parameters as numbers: those of the last step, or what was set since. */
  get current(): Values<H> {
    return (this.#all[0] as Group<H, S>).current;
  }

  /** The norm of all gradients at the last step, before they were clipped; NaN without `clipNorm`. */
  get gradNorm(): number {
    return this.#norm[0] as number;
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
    this.#resolve();
    this.#condition();
    if (this.#away === "shifted") {
      const two = spec.twoPhase;
      if (two?.gather) this.#run(two.gather);
      this.unshift();
      this.#run(two?.complete ?? spec.step);
    } else {
      this.#run(spec.step);
    }
    this.#complete();
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
    this.#resolve();
    this.#scale[0] = this.#sign;
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
    this.#resolve();
    this.#scale[0] = 1;
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
    if (Number.isFinite(this.#kernels.peak(0, this.#length, (of === "params" ? this.#p : this.#g).address))) return undefined;
    const named = Object.entries<Float32Array>(this[of]);
    return named.find(([, array]) => !array.every((x) => Number.isFinite(x)))?.[0] as keyof P & string;
  }

  /** @internal The unmoved parameters as one block. */
  copyParams(into = new Float32Array(this.#length)): Float32Array<ArrayBuffer> {
    into.set(this.#away ? (this.#unmoved as Float32Array) : this.#p.whole);
    return into;
  }

  /** @internal Sets all parameters from such a block, and forgets a shift. */
  restoreParams(block: Float32Array): void {
    this.#away = undefined;
    this.#p.whole.set(block);
  }

  /** @internal Copies all that steps change; the result puts it back. */
  snapshot(): () => void {
    const params = this.copyParams();
    const state = new Float32Array(this.#p.whole.buffer, this.#stateAddress, this.#stateLength);
    const kept = state.slice();
    const groups = this.#all.map((group) => {
      const { numbers, completed, hyperParameters } = group;
      return { group, numbers: numbers.slice(), completed, values: { ...hyperParameters.values } };
    });
    const [t, norm] = [this.#t, this.#norm.slice()];
    return () => {
      this.restoreParams(params);
      state.set(kept);
      for (const { group, numbers, completed, values } of groups) {
        group.numbers.set(numbers);
        group.completed = completed;
        Object.assign(group.hyperParameters.values, values);
      }
      this.#t = t;
      this.#norm.set(norm);
    };
  }

  #notTraining(method: string): Error {
    return new Error(`${this.spec.name}: ${method}() expected train() first: the parameters are those of eval()`);
  }

  #leave(where: "shifted" | "evaluating", phase: Phase<H, S>): void {
    // Kept outside the WebAssembly memory, so that only those who need it pay for it.
    this.#unmoved ??= new Float32Array(this.#length);
    this.#unmoved.set(this.#p.whole);
    this.#run(phase);
    this.#away = where;
  }

  #return(): void {
    this.#p.whole.set(this.#unmoved as Float32Array);
    this.#away = undefined;
  }

  /** The numbers of the next step, of all groups or of none. */
  #resolve(): void {
    const groups = this.#all;
    for (let i = 0; i < groups.length; i++) (groups[i] as Group<H, S>).hyperParameters.evaluate(this.#t);
    for (let i = 0; i < groups.length; i++) (groups[i] as Group<H, S>).hyperParameters.accept();
  }

  /** Finds what gradients are multiplied by: their sign, and less than 1 where their norm is too large. */
  #condition(): void {
    const scale = this.#scale;
    scale[0] = this.#sign;
    if (this.#clipNorm === Infinity) return;
    const parts = this.#parts;
    const norm = this.#norm;
    norm[0] = 0;
    for (let i = 0; i < parts.length; i++) {
      const { group, sweep, at } = parts[i] as Part<H, S>;
      if (group.frozen) continue;
      this.#kernels.dot(sweep.begin, sweep.end, at.g, at.g, sweep.r);
      norm[0] += sweep.sum;
    }
    norm[0] = Math.sqrt(norm[0]);
    const factor = this.#clipNorm / (norm[0] + 1e-6); // 1e-6 as in PyTorch
    if (factor < 1) scale[0] *= factor;
    else if (Number.isNaN(factor)) scale[0] = 0; // as for an infinite norm: nothing moves but where the gradient is not finite
  }

  #run(phase: Phase<H, S>): void {
    const parts = this.#parts;
    for (let i = 0; i < parts.length; i++) {
      const { group, sweep, at } = parts[i] as Part<H, S>;
      // What a group is judged by does not depend on whether it goes on, but on whether it has begun.
      if (phase === this.spec.evaluate ? group.steps === 0 : group.frozen) continue;
      const { values, decay } = group.hyperParameters;
      sweep.rate = values.lr as number;
      this.spec.prepare?.(sweep, values, group.steps + 1, group.numbers);
      sweep.decay(decay, values.weightDecay as number);
      if (decay === "proximal" && this.spec.absorbsDecay) sweep.proximal(values.weightDecay as number);
      phase(this.#kernels, sweep, at, values, group.steps + 1, group.numbers);
    }
  }

  /** What follows a step: the weight decay that comes after it, and the counting. */
  #complete(): void {
    const parts = this.#parts;
    for (let i = 0; i < parts.length && !this.spec.absorbsDecay; i++) {
      const { group, sweep, at } = parts[i] as Part<H, S>;
      const { values, decay } = group.hyperParameters;
      if (decay !== "proximal" || group.frozen || values.weightDecay === 0) continue;
      sweep.proximal(values.weightDecay as number);
      this.#kernels.shrink(sweep.begin, sweep.end, at.p, sweep.c);
    }
    const groups = this.#all;
    for (let i = 0; i < groups.length; i++) {
      const group = groups[i] as Group<H, S>;
      if (!group.frozen) group.completed += 1;
    }
  }
}
