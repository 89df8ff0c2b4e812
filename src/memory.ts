import type { Hypers, Slots, Spec } from "./define.js";
import { Group } from "./group.js";
import { type Block, blockBytes, firstBlock, layOut, sweepAddress } from "./layout.js";
import type { Tensor } from "./parameters.js";
import type { Addresses, Part, Range } from "./range.js";
import type { Membership } from "./settings.js";
import { float, type Shape } from "./shape.js";
import { partialBytes, Sweep } from "./sweep.js";
import { allocate, capacity } from "./wasm.js";

/** The arrays that the engine keeps besides those of the rule, where options want them. */
const extras = ["sum", "average", "slow"] as const;

const total = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);

/**
 * The one WebAssembly memory of an optimizer: scalars, then the blocks of all arrays, p and g first, then the state of the rule,
 * then what the engine keeps; room for intermediate results last, those of the rule and those of threads.
 */
export class Memory<P, H extends Hypers, S extends Slots> {
  readonly memory: WebAssembly.Memory;
  readonly ranges: readonly Range<H, S>[];
  /** The state of the rule, and all that is kept from step to step besides p. */
  readonly state: Float32Array<ArrayBuffer>;
  readonly kept: Float32Array<ArrayBuffer>;
  /** Where threads put the sums of blocks; only in shared memory. */
  readonly partials: number;
  /** What rules multiply gradients by. */
  readonly scale = Float64Array.of(1);

  readonly #blocks = new Map<string, Block<P>>();

  constructor(
    spec: Spec<H, S>,
    tensors: readonly Tensor[],
    memberships: readonly Membership<H, S>[],
    wanted: { readonly [extra in (typeof extras)[number]]: boolean },
    shared: boolean,
  ) {
    const lengthIn = (array: string) => (tensor: Tensor) => {
      const slot = spec.state[array];
      return (typeof slot === "object" ? slot.length?.(tensor.shape) : undefined) ?? tensor.length;
    };
    // Each array has a segment for each group, which starts on a cache line.
    const segments = (array: string) => memberships.map(({ tensors }) => blockBytes(total(tensors.map(lengthIn(array)))));
    const slots = Object.keys(spec.state).filter((slot) => memberships.some(({ hyper }) => hyper.slots.includes(slot)));
    const arrays = ["p", "g", ...slots, ...extras.filter((extra) => wanted[extra])];
    const sizes = arrays.map((array) => total(segments(array)));
    const scratch = blockBytes(tensors.reduce((most, { shape }) => Math.max(most, spec.scratch?.(shape) ?? 0), 0));
    const longest = Math.max(...memberships.map(({ tensors }) => total(tensors.map(({ length }) => length))));
    const partials = shared ? partialBytes(longest) : 0;
    const bytes = firstBlock + total(sizes) + scratch + partials;
    if (bytes > capacity) {
      const length = total(tensors.map(({ length }) => length));
      const most = Math.floor(((capacity - firstBlock) / (bytes - firstBlock)) * length);
      throw new RangeError(
        `${spec.name}: ${length} parameters with their state exceed one WebAssembly memory; ` +
          `expected at most ${most || Math.floor(capacity / float)}: split them over several optimizers`,
      );
    }

    this.memory = allocate(bytes, shared);
    let address = firstBlock;
    for (const [i, array] of arrays.entries()) {
      const block = layOut<P>(this.memory, address, tensors, memberships, segments(array), lengthIn(array));
      this.#blocks.set(array, block);
      address += sizes[i] as number;
    }
    this.partials = address + scratch;
    const from = (first: number, last?: number) =>
      new Float32Array(this.memory.buffer, firstBlock + total(sizes.slice(0, first)), total(sizes.slice(first, last)) / float);
    this.state = from(2, 2 + slots.length);
    this.kept = from(2);
    for (const { name, initial } of tensors) if (initial) this.view("p", name).set(initial);
    this.ranges = memberships.map((membership, i) => this.#range(spec, membership, i, scratch > 0 ? address : 0));
  }

  /** The block of an array; undefined where it is not laid out. */
  block(array: string): Block<P> | undefined {
    return this.#blocks.get(array);
  }

  view(array: string, name: string): Float32Array<ArrayBuffer> {
    return (this.#blocks.get(array) as Block<P>).views[name as keyof P];
  }

  /** One of the places that kernels read their scalars from; it covers so many elements. */
  sweep(index: number, length = 0, shape: Shape = [length]): Sweep {
    return new Sweep(this.memory.buffer, sweepAddress(index), 0, length, shape, this.scale);
  }

  #range(spec: Spec<H, S>, { tensors, hyper, frozen }: Membership<H, S>, index: number, scratch: number): Range<H, S> {
    const names = tensors.map(({ name }) => name);
    const group = new Group(spec, names, hyper, frozen);
    for (const slot of hyper.slots) {
      const layout = spec.state[slot];
      if (typeof layout !== "object" || layout.start === undefined) continue;
      for (const name of names) this.view(slot, name).fill(hyper.values[layout.start] as number);
    }
    const slots = Object.keys(spec.state);
    // 0 for what is not laid out, or not needed by the hyper-parameters of the group.
    const needed = (array: string) => this.#blocks.has(array) && (!slots.includes(array) || hyper.slots.includes(array));
    const addresses = (of: (block: Block<P>) => number) => {
      const arrays = ["p", "g", ...slots, ...extras];
      const at = Object.fromEntries(arrays.map((array) => [array, needed(array) ? of(this.#blocks.get(array) as Block<P>) : 0]));
      return { ...at, grads: at.g, scratch } as unknown as Addresses<S>;
    };
    const part = (length: number, shape: Shape, at: Addresses<S>): Part<S> => {
      return { length, sweep: this.sweep(0, length, shape), at };
    };
    const ofTensor = ({ name, shape, length }: Tensor) =>
      part(
        length,
        shape,
        addresses(({ views }) => views[name as keyof P].byteOffset),
      );
    const length = total(tensors.map(({ length }) => length));
    const at = addresses(({ segments }) => segments[index] as number);
    const whole = length > 0 ? [part(length, [length], at)] : [];
    const extents = tensors.map(({ name, shape, length }) => {
      return { shape, length, offset: this.view("p", name).byteOffset - at.p };
    });
    return { group, length, at, tensors: extents, parts: spec.perTensor ? tensors.map(ofTensor) : whole };
  }
}
