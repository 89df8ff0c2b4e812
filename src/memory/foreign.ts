// Foreign memory: another program's WebAssembly memory, and the addresses of parameters, gradients and the optimizer's block in it.

import { checkFunction, readEntries, readOptions } from "../checks/check.js";
import { show, showNames, wrongKind, wrongValue } from "../checks/errors.js";
import { float } from "../numerics/shape.js";
import { cacheLine, firstBlock, type ParameterAddresses, wholeLines } from "./layout.js";
import { findOverlap, type Span } from "./overlap.js";
import type { Tensor } from "./parameters.js";
import {
  type Block,
  type ForeignArrays,
  type ForeignBlock,
  foreignMemories,
  type MemorySource,
  type Needs,
  type Place,
} from "./source.js";
import { isMemory, isShared } from "./wasmMemory.js";

/**
 * The byte address of each parameter: the other program's pointers, multiples of 4, at least 1024. Negative pointers are read as
 * unsigned 32-bit integers.
 */
export type Pointers<Name extends string = string> = { readonly [name in Name]: number };

/** The memory of another WebAssembly program. The program may grow it between steps, also in schedules and losses. */
export interface ForeignMemoryOptions<Name extends string = string> {
  /** Plain or shared, with 32-bit addresses. */
  readonly memory: WebAssembly.Memory;
  /**
   * The program's allocator: returns the address of a block for state and scalars. Each optimizer calls it once, when it is made. The
   * block is in use until you drop the optimizer; then free `opt.block`. Errors of the allocator pass through.
   */
  readonly allocate: (bytes: number) => number;
  /** The addresses of the parameters. No two may overlap. */
  readonly params: Pointers<Name>;
  /**
   * The addresses of the gradients. If left out, they are in the optimizer's block. Two may overlap unless an option writes into gradients:
   * clipValue, clipAdaptive, clipTensorNorm, centralize, noise, zeroGrad.
   */
  readonly grads?: Pointers<Name>;
}

/** New addresses in foreign memory. Arrays that are left out keep their addresses. */
export interface Relocation<Name extends string = string> {
  /** New addresses of parameters. */
  readonly params?: Partial<Pointers<Name>>;
  /** New addresses of gradients. */
  readonly grads?: Partial<Pointers<Name>>;
}

/**
 * The memory of another WebAssembly program, for the option `memory`, made by `foreignMemory()`. It has the names of exactly the parameters
 * of the optimizer.
 */
export interface ForeignMemory<in out Name extends string = string> {
  /** What `foreignMemory()` got. */
  readonly options: ForeignMemoryOptions<Name>;
}

interface NamedSpan extends Span {
  readonly array: "params" | "grads" | "block";
  /** The parameter's name; empty for the block. */
  readonly name: string;
}

/** The place of an optimizer in foreign memory, with checked addresses. */
class ForeignPlace implements Place, ForeignArrays {
  readonly memory: WebAssembly.Memory;
  block: ForeignBlock | undefined;
  readonly #rule: string;
  readonly #tensors: readonly Tensor[];
  readonly #writesGrads: boolean;
  readonly #allocate: (bytes: number) => unknown;
  #params: ParameterAddresses;
  #grads: ParameterAddresses | undefined;

  constructor(given: unknown, { rule, tensors, writesGrads, shared }: Needs) {
    const where = `${rule}: memory`;
    if (typeof given !== "object" || given === null) throw wrongKind(where, "{ memory, allocate, params }", given);
    const options = readOptions(where, ["memory", "allocate", "params", "grads"], given);
    const memory = options.get("memory");
    if (!isMemory(memory)) throw wrongKind(`${where}: memory`, "a WebAssembly.Memory", memory);
    const allocate = options.get("allocate");
    checkFunction(`${where}: allocate`, allocate);
    this.#rule = rule;
    this.#tensors = tensors;
    this.#writesGrads = writesGrads;
    this.memory = memory;
    this.#allocate = allocate as (bytes: number) => unknown;
    this.#params = this.#read(`${where}: params`, options.get("params"), undefined);
    this.#grads = options.has("grads") ? this.#read(`${where}: grads`, options.get("grads"), undefined) : undefined;
    this.#checkOverlap(where, this.#params, this.#grads);
    if (shared && !isShared(memory)) throw wrongKind(`${rule}: threads with memory`, "a shared WebAssembly.Memory", memory);
  }

  get foreign(): ForeignArrays {
    return this;
  }

  get params(): ParameterAddresses {
    return this.#params;
  }

  get grads(): ParameterAddresses | undefined {
    return this.#grads;
  }

  /** Calls the program's allocator, and fills the block with 0. */
  allocate(needed: number): Block {
    const bytes = needed + cacheLine;
    const where = `${this.#rule}: memory: allocate(${bytes})`;
    const given = this.#allocate(bytes);
    const address = unsigned(given);
    if (address === undefined) throw notAnAddress(where, given);
    const size = this.memory.buffer.byteLength;
    if (address < firstBlock || address + bytes > size)
      throw wrongValue(where, `an address, at least ${firstBlock}, with ${bytes} bytes in the memory of ${size}`, given);
    const block = Object.freeze({ address, bytes });
    this.#checkOverlap(`${this.#rule}: memory`, this.#params, this.#grads, block);
    this.block = block;
    new Uint8Array(this.memory.buffer, address, bytes).fill(0);
    return { memory: this.memory, address: wholeLines(address), bytes };
  }

  relocate(given: unknown): void {
    const where = `${this.#rule}: relocate`;
    const moved = readOptions(where, ["params", "grads"], given);
    if (moved.has("grads") && !this.#grads)
      throw new TypeError(
        `${where}: grads expected the option grads of foreignMemory() at construction; without it they are in opt.block`,
      );
    const params = moved.has("params") ? this.#read(`${where}: params`, moved.get("params"), this.#params) : this.#params;
    const grads = moved.has("grads") ? this.#read(`${where}: grads`, moved.get("grads"), this.#grads) : this.#grads;
    this.#checkOverlap(where, params, grads);
    this.#params = params;
    this.#grads = grads;
  }

  #read(where: string, given: unknown, before: ParameterAddresses | undefined): ParameterAddresses {
    const pointers = new Map(readEntries(where, "a plain object of addresses", given));
    const size = this.memory.buffer.byteLength;
    let used = 0;
    const addresses = new Map<Tensor, number>();
    for (const tensor of this.#tensors) {
      const { name, length } = tensor;
      const moved = pointers.has(name);
      if (moved) used += 1;
      if (!moved && before) {
        addresses.set(tensor, before.get(tensor) as number);
        continue;
      }
      const pointer = pointers.get(name);
      const address = unsigned(pointer);
      if (address === undefined) throw notAnAddress(`${where}: ${show(name)}`, pointer);
      if (address % float !== 0 || address < firstBlock || address + length * float > size)
        throw wrongValue(
          `${where}: ${show(name)}`,
          `a multiple of ${float}, at least ${firstBlock}, with ${length * float} bytes in the memory of ${size}`,
          pointer,
        );
      addresses.set(tensor, address);
    }
    if (used < pointers.size) {
      const names = this.#tensors.map(({ name }) => name);
      const other = [...pointers.keys()].find((name) => !names.includes(name));
      throw new TypeError(`${where}: unknown parameter ${show(other)}; the parameters are ${showNames(names)}`);
    }
    return addresses;
  }

  #checkOverlap(where: string, params: ParameterAddresses, grads: ParameterAddresses | undefined, block = this.block): void {
    const spans: NamedSpan[] = [];
    const add = (array: "params" | "grads", addresses: ParameterAddresses) => {
      for (const [{ name, length }, begin] of addresses) spans.push({ array, name, begin, end: begin + length * float });
    };
    add("params", params);
    if (grads) add("grads", grads);
    if (block) spans.push({ array: "block", name: "", begin: block.address, end: block.address + block.bytes });
    const mayOverlap = ({ array }: NamedSpan) => array === "grads" && !this.#writesGrads;
    const pair = findOverlap(spans, (one, other) => mayOverlap(one) && mayOverlap(other));
    if (pair) throw new RangeError(`${where}: ${pair.map(describe).join(" and ")} overlap; expected separate arrays`);
  }
}

const describe = ({ array, name, begin }: NamedSpan) =>
  `${array === "block" ? "the block of allocate" : `${array}: ${show(name)}`} at ${begin}`;

/** A pointer as an unsigned 32-bit integer: programs may return it signed. Undefined for any other value. */
function unsigned(pointer: unknown): number | undefined {
  const whole = typeof pointer === "number" && Number.isInteger(pointer) && pointer >= -(2 ** 31) && pointer < 2 ** 32;
  return whole ? pointer >>> 0 : undefined;
}

function notAnAddress(where: string, given: unknown): Error {
  const what = "a byte address";
  return typeof given === "number" ? wrongValue(where, what, given) : wrongKind(where, what, given);
}

class ForeignSource<Name extends string> implements ForeignMemory<Name>, MemorySource {
  readonly options: ForeignMemoryOptions<Name>;

  constructor(options: ForeignMemoryOptions<Name>) {
    this.options = options;
    foreignMemories.add(this);
  }

  open(needs: Needs): Place {
    return new ForeignPlace(this.options, needs);
  }
}

/**
 * The memory of another WebAssembly program, for the option `memory`. Steps change the program's parameters in place and copy nothing. The
 * optimizer that is made checks the values: a wrong kind throws a TypeError, a wrong address a RangeError.
 * @param options the memory, its allocator, and the byte addresses of the arrays
 * @example
 * ```ts
 * const memory = new WebAssembly.Memory({ initial: 1 }); // the program's exports.memory
 * const allocate = () => 32768; // its exports.malloc
 * const opt = adam({ weight: [10, 8] }, { memory: foreignMemory({ memory, allocate, params: { weight: 1024 } }) });
 * opt.grads.weight.fill(1);
 * opt.step();
 * console.log(new Float32Array(memory.buffer, 1024, 1)[0].toFixed(3)); // prints -0.001
 * ```
 */
export const foreignMemory = <Name extends string>(options: ForeignMemoryOptions<Name>): ForeignMemory<Name> =>
  new ForeignSource(options);
