import { type BlockSums, blocksOf } from "../kernels/kernelArguments.js";
import {
  type ArrayLayout,
  arrayLayout,
  blockBytes,
  firstBlock,
  gap,
  type ParameterAddresses,
  type Views,
  viewsOf,
} from "../memory/layout.js";
import type { Span } from "../memory/overlap.js";
import type { Tensor } from "../memory/parameters.js";
import type { Block, ForeignArrays, Place } from "../memory/source.js";
import { capacity } from "../memory/wasmMemory.js";
import { float, type Shape } from "../numerics/shape.js";
import { ArgumentSets } from "./argumentSets.js";
import { Group } from "./group.js";
import type { GroupLayout, Run, RunAddresses } from "./groupLayout.js";
import type { GroupMembers } from "./readOptions.js";
import type { Shard, Sharded, Slices } from "./shard.js";
import { slotLength } from "./slots.js";
import type { Hypers, Slots, Spec } from "./spec.js";

/** The engine's own arrays, allocated if an option needs them. */
const extras = ["sum", "average", "slow"] as const;

const total = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);

/** The addresses of an array's tensors. A contiguous array also has those of its segments, one for each group. */
type Layout = Pick<ArrayLayout, "tensors"> & Partial<ArrayLayout>;

/**
 * An optimizer's block of WebAssembly memory. Its contents, in order: kernel arguments; p and g, unless they are foreign; the rule's state;
 * the engine's arrays; scratch of the rule; partial sums of threads.
 */
export class OptimizerMemory<P, H extends Hypers, S extends Slots> {
  readonly block: Block;
  readonly groupLayouts: readonly GroupLayout<H, S>[];
  /** The rule's state: byte address, and length in floats. */
  readonly state: { readonly address: number; readonly length: number };
  /** The block sums that threads write: one for each block of the longest group; none without threads. */
  readonly blockSums: BlockSums;

  /** The arguments of kernel calls. */
  readonly args: ArgumentSets;

  /** The slices of the state; undefined if this process has the whole state. */
  readonly sharded: Sharded | undefined;

  readonly #tensors: readonly Tensor[];
  readonly #layouts = new Map<string, Layout>();
  readonly #lengthIn: (array: string) => (tensor: Tensor) => number;
  // All that persists from step to step besides p: the rule's state and the engine's arrays.
  readonly #persistent: { readonly address: number; readonly length: number };

  /** The bytes that only the optimizer may change: all of its block but p and g. */
  readonly internals: readonly Span[];

  readonly #tensorRuns = new Map<Tensor, Run<S>>();
  readonly #foreign: ForeignArrays | undefined;
  readonly #slices: Slices | undefined;
  // The buffer of all views. Foreign memory gets a new buffer when it grows.
  #buffer: ArrayBuffer;
  readonly #views = new Map<string, Views<P>>();
  #runs: readonly Float32Array<ArrayBuffer>[] | undefined;
  #gradRuns: readonly Float32Array<ArrayBuffer>[] | undefined;

  constructor(
    spec: Spec<H, S>,
    tensors: readonly Tensor[],
    groups: readonly GroupMembers<H, S>[],
    wanted: { readonly [extra in (typeof extras)[number]]: boolean },
    shared: boolean,
    place: Place,
    shard?: Shard,
  ) {
    const { foreign } = place;
    this.#tensors = tensors;
    this.#foreign = foreign;
    this.#slices = shard?.divide(groups);
    const whole = ["p", "g", "sum"];
    this.#lengthIn = (array) => (tensor) =>
      (whole.includes(array) ? undefined : this.#slices?.lengthIn(tensor.name)) ?? slotLength(spec.state[array], tensor.shape);
    // Each array has a segment for each group. Segments start on cache lines.
    const segmentsOf = (array: string) => groups.map(({ tensors }) => blockBytes(total(tensors.map(this.#lengthIn(array)))));
    const slots = Object.keys(spec.state).filter((slot) => groups.some(({ hyper }) => hyper.slots.includes(slot)));
    const parameterArrays = foreign ? (foreign.grads ? [] : ["g"]) : ["p", "g"];
    const arrays = [...parameterArrays, ...slots, ...extras.filter((extra) => wanted[extra])];
    const segments = arrays.map(segmentsOf);
    const sizes = segments.map((bytes) => total(bytes) + gap);
    const scratch = blockBytes(tensors.reduce((max, { shape }) => Math.max(max, spec.scratch?.(shape) ?? 0), 0));
    const longestGroup = Math.max(...groups.map(({ tensors }) => total(tensors.map(({ length }) => length))));
    const count = shared ? blocksOf(longestGroup) : 0;
    const bytes = firstBlock + total(sizes) + scratch + count * Float64Array.BYTES_PER_ELEMENT;
    if (bytes > capacity) {
      const length = total(tensors.map(({ length }) => length));
      const limit = Math.floor(((capacity - firstBlock) / (bytes - firstBlock)) * length);
      throw new RangeError(
        `${spec.name}: ${length} parameters with their state exceed one WebAssembly memory; ` +
          `expected at most ${limit || Math.floor(capacity / float)}: split them over several optimizers`,
      );
    }

    this.block = place.allocate(bytes);
    this.#buffer = this.block.memory.buffer;
    const base = this.block.address;
    this.args = new ArgumentSets(this.#buffer, base);
    let address = base + firstBlock;
    const starts: number[] = [];
    for (const [i, array] of arrays.entries()) {
      starts.push(address);
      this.#layouts.set(array, arrayLayout(address, groups, segments[i] as number[], this.#lengthIn(array)));
      address += sizes[i] as number;
    }
    const between = (first: number, last: number) => {
      const [from, to] = [starts[first] ?? address, starts[last] ?? address];
      return { address: from, length: (to - from) / float };
    };
    this.state = between(parameterArrays.length, parameterArrays.length + slots.length);
    this.#persistent = between(parameterArrays.length, arrays.length);
    this.internals = [
      { begin: base, end: base + firstBlock },
      { begin: this.#persistent.address, end: base + bytes },
    ];
    if (foreign) this.#layouts.set("p", { tensors: foreign.params });
    if (foreign?.grads) this.#layouts.set("g", { tensors: foreign.grads });
    this.blockSums = { address: address + scratch, count };
    for (const { name, initial } of tensors) if (initial) this.#view("p", name).set(initial);
    const offsets = arrayLayout(0, groups, segmentsOf("p")).tensors;
    this.groupLayouts = groups.map((group, i) => this.#groupLayout(spec, group, i, offsets, scratch > 0 ? address : 0));
    const sliced = arrays
      .filter((array) => !whole.includes(array))
      .map((array) => [array, this.views(array) as Views<P>] as const);
    this.sharded = this.#slices?.over(this.runs, new Map(sliced));
  }

  /** The buffer of all views. */
  get buffer(): ArrayBuffer {
    return this.#buffer;
  }

  /** The views of an array by name of the parameter; undefined if it is not allocated. */
  views(array: string): Views<P> | undefined {
    const layout = this.#layouts.get(array);
    if (!layout) return undefined;
    const views = this.#views.get(array) ?? viewsOf<P>(this.#buffer, this.#tensors, layout.tensors, this.#lengthIn(array));
    this.#views.set(array, views);
    return views;
  }

  /** The parameters as views of the fewest contiguous runs. */
  get runs(): readonly Float32Array<ArrayBuffer>[] {
    this.#runs ??= this.#viewsOfRuns("p");
    return this.#runs;
  }

  /** The gradients as such views. */
  get gradRuns(): readonly Float32Array<ArrayBuffer>[] {
    this.#gradRuns ??= this.#viewsOfRuns("grads");
    return this.#gradRuns;
  }

  #viewsOfRuns(array: "p" | "grads"): Float32Array<ArrayBuffer>[] {
    return this.groupLayouts.flatMap(({ runs }) =>
      runs.map(({ length, at }) => new Float32Array(this.#buffer, at[array], length)),
    );
  }

  /** All that persists from step to step besides the parameters. */
  get persistent(): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#buffer, this.#persistent.address, this.#persistent.length);
  }

  /** Whether the memory can grow, and arrays can move: foreign memory. */
  get grows(): boolean {
    return this.#foreign !== undefined;
  }

  /** Renews the views if foreign memory has grown, which detached them. */
  refresh(): void {
    if (!this.#foreign) return;
    const { buffer } = this.block.memory;
    if (buffer === this.#buffer) return;
    this.#buffer = buffer;
    this.#views.clear();
    this.#runs = this.#gradRuns = undefined;
    this.args.bind(buffer);
  }

  /** Adopts the new addresses in foreign memory. */
  relocate(): void {
    const { params, grads } = this.#foreign as ForeignArrays;
    this.#layouts.set("p", { tensors: params });
    if (grads) this.#layouts.set("g", { tensors: grads });
    this.#views.delete("p");
    this.#views.delete("g");
    this.#runs = this.#gradRuns = undefined;
    for (const [tensor, { at }] of this.#tensorRuns) {
      at.p = params.get(tensor) as number;
      if (grads) at.g = at.grads = grads.get(tensor) as number;
    }
  }

  #view(array: string, name: string): Float32Array<ArrayBuffer> {
    return (this.views(array) as Views<P>)[name as keyof P];
  }

  #groupLayout(
    spec: Spec<H, S>,
    { tensors, hyper, frozen }: GroupMembers<H, S>,
    group: number,
    offsets: ParameterAddresses,
    scratch: number,
  ): GroupLayout<H, S> {
    const names = tensors.map(({ name }) => name);
    for (const slot of hyper.slots) {
      const layout = spec.state[slot];
      if (typeof layout !== "object" || layout.start === undefined) continue;
      for (const name of names) this.#view(slot, name).fill(hyper.values[layout.start] as number);
    }
    const slots = Object.keys(spec.state);
    const unneeded = (array: string) => slots.includes(array) && !hyper.slots.includes(array);
    const layouts = ["p", "g", ...slots, ...extras].map(
      (array) => [array, unneeded(array) ? undefined : this.#layouts.get(array)] as const,
    );
    const run = (length: number, shape: Shape, first: Tensor, addressIn: (layout: Layout) => number | undefined): Run<S> => {
      // Arrays that are not allocated, or that this group does not need, get the address 0.
      const at: Record<string, number | undefined> = {};
      for (const [array, layout] of layouts) at[array] = layout ? addressIn(layout) : 0;
      at.grads = at.g;
      at.scratch = scratch;
      const index = (offsets.get(first) as number) / float;
      return { length, shape, index, at: at as RunAddresses<S> };
    };
    const tensorRuns = tensors.map((tensor) => run(tensor.length, tensor.shape, tensor, (layout) => layout.tensors.get(tensor)));
    for (const [i, tensor] of tensors.entries()) this.#tensorRuns.set(tensor, tensorRuns[i] as Run<S>);
    const length = total(tensors.map(({ length }) => length));
    const [first] = tensors;
    const runs = this.#foreign || !first ? tensorRuns : [run(length, [length], first, ({ segments }) => segments?.[group])];
    const parts = spec.perTensor ? tensorRuns : runs.map((run) => this.#sliceOf(run, group));
    return { group: new Group(spec, names, hyper, frozen), tensors: tensorRuns, runs, parts };
  }

  /** This process's slice of a group. The arrays of the state have nothing else. */
  #sliceOf(run: Run<S>, group: number): Run<S> {
    if (!this.#slices) return run;
    const [begin, end] = this.#slices.rangeOf(group);
    const { p, g, sum } = run.at;
    const moved = (address: number) => address && address + begin * float;
    const at = { ...run.at, p: moved(p), g: moved(g), grads: moved(g), sum: moved(sum) };
    return { length: end - begin, shape: [end - begin], index: run.index + begin, at };
  }
}
