import { float, type Shape } from "../numerics/shape.js";
import type { KernelScalars } from "./generated.js";
import type { ScalarCell, Scalars } from "./scalars.js";

const scalars = 16;

/** Most scalars that a kernel has beside the prologue, and most gains. */
export const mostScalars = 5;
export const mostGains = 3;

const results = 2;

/** Elements of a block. A reduction sums each block, then adds the sums in order: `block` in assembly/lanes.ts. */
export const block = 4096;

/** Room for the sums of blocks that threads write: f64 numbers from this byte address on. */
export interface BlockSums {
  readonly address: number;
  readonly count: number;
}

/** Number of blocks. */
export const blocksOf = (length: number) => Math.ceil(length / block);

/**
 * The arguments of kernel calls: range, scalars, and sums that reductions write. Scalars and sums travel through memory. If they were
 * arguments and return values, V8 would allocate a box for each number that is not an integer.
 */
export class KernelArguments {
  /** First element. */
  begin: number;
  /** One past the last element. */
  end: number;
  /** Byte address of the scalars. */
  readonly c: number;
  /** Byte address of the sum that a reduction writes, an f64. */
  readonly r: number;
  /** Shape of the tensor, for rules with `perTensor`. */
  shape: Shape;
  #buffer!: ArrayBufferLike;
  // All floats of the memory, for the few rules that read or write single ones.
  #floats: Float32Array | undefined;
  #scalars!: Float32Array;
  #results!: Float64Array;
  readonly #prologue = new Float64Array(5);
  #sums: Float64Array | undefined;

  /** @internal */
  constructor(memory: ArrayBufferLike, address: number, begin: number, end: number, shape: Shape = [end - begin]) {
    this.begin = begin;
    this.end = end;
    this.shape = shape;
    this.c = address;
    this.r = address + scalars * float;
    this.bind(memory);
  }

  /** @internal Switches to the new buffer of a memory that has grown. */
  bind(memory: ArrayBufferLike): void {
    this.#buffer = memory;
    this.#floats = undefined;
    this.#scalars = new Float32Array(memory, this.c, scalars);
    this.#results = new Float64Array(memory, this.r, results);
  }

  /** Sums over the parts of a group: `wholePass` adds to them, `scalars` reads them. */
  get sums(): Float64Array {
    this.#sums ??= new Float64Array(3);
    return this.#sums;
  }

  /** @internal */
  clearSums(): void {
    const { sums } = this;
    for (let i = 0; i < sums.length; i++) sums[i] = 0;
  }

  /** @internal Sets the range to a whole part. */
  cover({ length, shape }: { readonly length: number; readonly shape: Shape }): void {
    this.begin = 0;
    this.end = length;
    this.shape = shape;
  }

  /** @internal Bytes of scalars and sums. */
  static readonly bytes = scalars * float + results * Float64Array.BYTES_PER_ELEMENT;

  /** Sets the prologue of every rule: x = scale·g + l2·p, and p − decay·p. `inside` is for rules that apply decay themselves. */
  prologue(scale: number, l2: number, decay: number, inside = 0): void {
    this.scale = scale;
    this.l2 = l2;
    this.decay = decay;
    this.inside = inside;
  }

  /** Multiplies the effective gradient x. */
  amplify(factor: number): void {
    this.prologue(factor * this.scale, factor * this.l2, this.decay, this.inside);
  }

  /** The factor of the gradients. */
  get scale(): number {
    return this.#prologue[0] as number;
  }

  set scale(scale: number) {
    this.#prologue[0] = scale;
    this.#scalars[0] = scale;
  }

  /** The factor of the parameters in the effective gradient x = scale·g + l2·p. */
  get l2(): number {
    return this.#prologue[1] as number;
  }

  set l2(l2: number) {
    this.#prologue[1] = l2;
    this.#scalars[1] = l2;
  }

  // The three methods below are for hot code. They take no number that V8 would box if it did not inline the call.

  /** @internal Sets `scale` from a cell. */
  scaleFrom(cell: Float64Array): void {
    const prologue = this.#prologue;
    prologue[0] = cell[0] as number;
    this.#scalars[0] = prologue[0];
  }

  /** @internal Sets `decay` to rate·weightDecay. */
  decayByRate(weightDecay: number): void {
    const prologue = this.#prologue;
    prologue[2] = (prologue[4] as number) * weightDecay;
    this.#scalars[2] = prologue[2];
  }

  /** @internal Sets `decay` to the share of p that its division by 1 + rate·weightDecay subtracts. */
  decayProximally(weightDecay: number): void {
    const prologue = this.#prologue;
    const product = (prologue[4] as number) * weightDecay;
    prologue[2] = product / (1 + product);
    this.#scalars[2] = prologue[2];
  }

  /** The share of p that a step subtracts in addition to the rule's step. */
  get decay(): number {
    return this.#prologue[2] as number;
  }

  set decay(decay: number) {
    this.#prologue[2] = decay;
    this.#scalars[2] = decay;
  }

  /** The weight decay that the rule itself adds to its direction. */
  get inside(): number {
    return this.#prologue[3] as number;
  }

  set inside(inside: number) {
    this.#prologue[3] = inside;
  }

  /** The learning rate in the weight decay. */
  get rate(): number {
    return this.#prologue[4] as number;
  }

  set rate(rate: number) {
    this.#prologue[4] = rate;
  }

  /** The sum that the last reduction wrote. */
  get sum(): number {
    return this.#results[0] as number;
  }

  /** The float at an address, for state with one number per tensor. */
  load(address: number): number {
    return this.#all()[address / float] as number;
  }

  /** Stores a float at an address. */
  store(address: number, x: number): void {
    this.#all()[address / float] = x;
  }

  /** The array of `length` floats at an address. */
  view(address: number, length: number): Float32Array {
    return new Float32Array(this.#buffer, address, length);
  }

  #all(): Float32Array {
    this.#floats ??= new Float32Array(this.#buffer);
    return this.#floats;
  }

  /**
   * Loads the scalars of a kernel, named as in its source: `args.scalars<"adam">("rate", rate, "eps", eps)`. Only the type checker reads
   * the names. An object { rate, eps } would be allocated if V8 did not inline the call.
   */
  scalars<Kernel extends keyof KernelScalars = never>(...named: Scalars<Kernel>): void;
  // Left-out scalars become NaN. Default values would make this function too long: V8 would not inline it everywhere.
  // biome-ignore format: each name with its number
  scalars(
    _1: string, first: number,
    _2?: string, second?: number,
    _3?: string, third?: number,
    _4?: string, fourth?: number,
    _5?: string, fifth?: number,
  ): void {
    const c = this.#scalars;
    c[3] = first;
    c[4] = second as number;
    c[5] = third as number;
    c[6] = fourth as number;
    c[7] = fifth as number;
  }

  /** @internal Loads the only scalar of a kernel from a cell, so that V8 boxes no number. */
  scalarFrom<Kernel extends keyof KernelScalars = never>(...named: ScalarCell<Kernel>): void;
  scalarFrom(_: string, cell: Float64Array): void {
    this.#scalars[3] = cell[0] as number;
  }

  /** Loads the gains of the kernel's averages, each 1 − decay. */
  gains(first: number, second?: number, third?: number): void {
    const c = this.#scalars;
    c[8] = first; // `averages` in assembly/lanes.ts
    c[9] = 1 - first;
    c[10] = second as number;
    c[11] = 1 - (second as number);
    c[12] = third as number;
    c[13] = 1 - (third as number);
  }
}
