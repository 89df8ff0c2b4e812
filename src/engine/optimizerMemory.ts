import { KernelArguments, partialBytes } from "../kernels/kernelArguments.js";
import { allocate, capacity } from "../kernels/wasm.js";
import type { Foreign } from "../memory/foreign.js";
import {
  argumentsAddress,
  blockBytes,
  firstBlock,
  gap,
  layOut,
  type ParameterAddresses,
  type Views,
  viewsOf,
} from "../memory/layout.js";
import type { Tensor } from "../memory/parameters.js";
import { float, type Shape } from "../numerics/shape.js";
import { Group } from "./group.js";
import type { GroupLayout, Run, RunAddresses } from "./groupLayout.js";
import type { GroupMembers } from "./readOptions.js";
import type { Hypers, Slots, Spec } from "./spec.js";

/** The arrays that the engine keeps besides those of the rule, where options want them. */
const extras = ["sum", "average", "slow"] as const;

const total = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);

type KernelArgumentSets = readonly [
  rule: KernelArguments,
  engine: KernelArguments,
  proximal: KernelArguments,
  slow: KernelArguments,
  average: KernelArguments,
  search: KernelArguments,
  factor: KernelArguments,
];

/** An array: where its tensors are and, where they are in one piece, the segments of groups. */
interface Layout {
  readonly places: ParameterAddresses;
  readonly segments?: readonly number[];
}

/**
 * The WebAssembly memory that an optimizer works on: one of its own, or another program's, in which a block is its own. In a row:
 * scalars, then the blocks of all arrays, p and g first (unless they are the other program's), then the state of the rule, then what
 * the engine keeps; room for intermediate results last, those of the rule and those of threads.
 */
export class OptimizerMemory<P, H extends Hypers, S extends Slots> {
  readonly wasm: WebAssembly.Memory;
  readonly groupLayouts: readonly GroupLayout<H, S>[];
  /** The state of the rule: its address, and how many floats it takes. */
  readonly state: { readonly address: number; readonly length: number };
  /** Where threads put the sums of blocks; only in shared memory. */
  readonly partials: number;

  /** Arguments of kernels: sets of scalars and sums that calls do not share. */
  readonly kernelArguments: KernelArgumentSets;

  readonly #base: number;
  readonly #tensors: readonly Tensor[];
  readonly #layouts = new Map<string, Layout>();
  readonly #lengthIn: (array: string) => (tensor: Tensor) => number;
  // State and extras, all that is kept from step to step besides p.
  readonly #kept: { readonly address: number; readonly length: number };

  readonly #parts = new Map<Tensor, Run<S>>();
  readonly #foreign: Foreign | undefined;
  // What views are of; another program may make it another one at any time.
  #buffer: ArrayBuffer;
  readonly #views = new Map<string, Views<P>>();
  #runs: readonly Float32Array<ArrayBuffer>[] | undefined;

  constructor(
    spec: Spec<H, S>,
    tensors: readonly Tensor[],
    memberships: readonly GroupMembers<H, S>[],
    wanted: { readonly [extra in (typeof extras)[number]]: boolean },
    shared: boolean,
    foreign?: Foreign,
  ) {
    this.#tensors = tensors;
    this.#foreign = foreign;
    this.#lengthIn = (array) => (tensor) => {
      const slot = spec.state[array];
      return (typeof slot === "object" ? slot.length?.(tensor.shape) : undefined) ?? tensor.length;
    };
    // Each array has a segment for each group, which starts on a cache line.
    const segments = (array: string) => memberships.map(({ tensors }) => blockBytes(total(tensors.map(this.#lengthIn(array)))));
    const slots = Object.keys(spec.state).filter((slot) => memberships.some(({ hyper }) => hyper.slots.includes(slot)));
    const given = foreign ? (foreign.grads ? [] : ["g"]) : ["p", "g"];
    const arrays = [...given, ...slots, ...extras.filter((extra) => wanted[extra])];
    const sizes = arrays.map((array) => total(segments(array)) + gap);
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

    this.#base = foreign?.allocate(bytes) ?? 0;
    this.wasm = foreign?.memory ?? allocate(bytes, shared);
    this.#buffer = this.wasm.buffer;
    const sets = Array.from(
      { length: 7 },
      (_, i) => new KernelArguments(this.#buffer, this.#base + argumentsAddress(i), 0, 0, [0]),
    );
    this.kernelArguments = sets as unknown as KernelArgumentSets;
    let address = this.#base + firstBlock;
    const starts: number[] = [];
    for (const [i, array] of arrays.entries()) {
      starts.push(address);
      this.#layouts.set(array, layOut(address, memberships, segments(array), this.#lengthIn(array)));
      address += sizes[i] as number;
    }
    const between = (first: number, last: number) => {
      const [from, to] = [starts[first] ?? address, starts[last] ?? address];
      return { address: from, length: (to - from) / float };
    };
    this.state = between(given.length, given.length + slots.length);
    this.#kept = between(given.length, arrays.length);
    if (foreign) this.#layouts.set("p", { places: foreign.params });
    if (foreign?.grads) this.#layouts.set("g", { places: foreign.grads });
    this.partials = address + scratch;
    for (const { name, initial } of tensors) if (initial) this.#view("p", name).set(initial);
    const order = layOut(0, memberships, segments("p")).places;
    this.groupLayouts = memberships.map((membership, i) => this.#range(spec, membership, i, order, scratch > 0 ? address : 0));
  }

  /** The views of an array by name of the parameter; undefined where it is not laid out. */
  views(array: string): Views<P> | undefined {
    const layout = this.#layouts.get(array);
    if (!layout) return undefined;
    const views = this.#views.get(array) ?? viewsOf<P>(this.#buffer, this.#tensors, layout.places, this.#lengthIn(array));
    this.#views.set(array, views);
    return views;
  }

  /** The parameters, in as few arrays as there can be. */
  get runs(): readonly Float32Array<ArrayBuffer>[] {
    this.#runs ??= this.groupLayouts.flatMap(({ runs }) =>
      runs.map(({ length, at }) => new Float32Array(this.#buffer, at.p, length)),
    );
    return this.#runs;
  }

  /** All that is kept from step to step besides the parameters. */
  get persistent(): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#buffer, this.#kept.address, this.#kept.length);
  }

  /** Sees whether the other program's memory has grown, which detached all views. */
  refresh(): void {
    if (!this.#foreign) return;
    const { buffer } = this.wasm;
    if (buffer === this.#buffer) return;
    this.#buffer = buffer;
    this.#views.clear();
    this.#runs = undefined;
    for (const args of this.kernelArguments) args.bind(buffer);
  }

  /** Takes over the addresses of the other program. */
  relocate(): void {
    const { params, grads } = this.#foreign as Foreign;
    this.#layouts.set("p", { places: params });
    if (grads) this.#layouts.set("g", { places: grads });
    this.#views.delete("p");
    this.#views.delete("g");
    this.#runs = undefined;
    for (const [tensor, { at }] of this.#parts) {
      at.p = params.get(tensor) as number;
      if (grads) at.g = at.grads = grads.get(tensor) as number;
    }
  }

  #view(array: string, name: string): Float32Array<ArrayBuffer> {
    return (this.views(array) as Views<P>)[name as keyof P];
  }

  #range(
    spec: Spec<H, S>,
    { tensors, hyper, frozen }: GroupMembers<H, S>,
    group: number,
    order: ParameterAddresses,
    scratch: number,
  ): GroupLayout<H, S> {
    const names = tensors.map(({ name }) => name);
    for (const slot of hyper.slots) {
      const layout = spec.state[slot];
      if (typeof layout !== "object" || layout.start === undefined) continue;
      for (const name of names) this.#view(slot, name).fill(hyper.values[layout.start] as number);
    }
    const slots = Object.keys(spec.state);
    // 0 for what is not laid out, or not needed by the hyper-parameters of the group.
    const needed = (array: string) => this.#layouts.has(array) && (!slots.includes(array) || hyper.slots.includes(array));
    const part = (length: number, shape: Shape, first: Tensor, of: (layout: Layout) => number | undefined): Run<S> => {
      const addresses = ["p", "g", ...slots, ...extras].map((array) => {
        return [array, needed(array) ? of(this.#layouts.get(array) as Layout) : 0];
      });
      const at = Object.fromEntries(addresses);
      const index = (order.get(first) as number) / float;
      return { length, shape, index, at: { ...at, grads: at.g, scratch } as RunAddresses<S> };
    };
    const alone = tensors.map((tensor) => part(tensor.length, tensor.shape, tensor, ({ places }) => places.get(tensor)));
    for (const [i, tensor] of tensors.entries()) this.#parts.set(tensor, alone[i] as Run<S>);
    const length = total(tensors.map(({ length }) => length));
    const [first] = tensors;
    const runs = this.#foreign || !first ? alone : [part(length, [length], first, ({ segments }) => segments?.[group])];
    return {
      group: new Group(spec, names, hyper, frozen),
      tensors: alone,
      runs,
      parts: spec.perTensor ? alone : runs,
    };
  }
}
