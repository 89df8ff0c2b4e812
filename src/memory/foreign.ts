// Memory that another WebAssembly program owns, and where in it parameters, gradients and the optimizer's own block are.

import { checkFunction, readEntries, readOptions } from "../checks/check.js";
import { show, showNames, wrongKind, wrongValue } from "../checks/errors.js";
import { float } from "../numerics/shape.js";
import { cacheLine, firstBlock } from "./layout.js";
import { findOverlap, type Span } from "./overlap.js";
import type { Tensor } from "./parameters.js";

/**
 * Byte addresses by parameter: pointers as the other program gives them, multiples of 4, at least 1024; below 0 they are taken as
 * unsigned.
 */
export type Pointers<Name extends string = string> = { readonly [name in Name]: number };

/** The memory of another WebAssembly program, to work on in place. The program may grow it between steps, also inside schedules and losses. */
export interface ForeignMemory<Name extends string = string> {
  /** Plain or shared; 32-bit. */
  readonly memory: WebAssembly.Memory;
  /**
   * The program's allocator: is asked once, at construction, for bytes for state and scalars, and returns their address. They are the
   * optimizer's until it is dropped: see `opt.block`. What it throws passes through.
   */
  readonly allocate: (bytes: number) => number;
  /** Where the parameters are. None may overlap another. */
  readonly params: Pointers<Name>;
  /**
   * Where the gradients are; by default in the block of the state. Two may overlap where no option writes into gradients (clipValue,
   * clipAdaptive, clipTensorNorm, centralize, noise, zeroGrad).
   */
  readonly grads?: Pointers<Name>;
}

/** What moved in the memory of another program; what is left out is where it was. */
export interface Relocation<Name extends string = string> {
  /** New addresses of parameters. */
  readonly params?: Partial<Pointers<Name>>;
  /** New addresses of gradients. */
  readonly grads?: Partial<Pointers<Name>>;
}

/** Bytes of the other program's memory that the optimizer asked for. */
export interface ForeignBlock {
  /** Where they begin: a byte address. */
  readonly address: number;
  /** Their number. */
  readonly bytes: number;
}

type Addresses = ReadonlyMap<Tensor, number>;

interface Place extends Span {
  readonly array: "params" | "grads" | "block";
  /** Of the parameter. */
  readonly name: string;
}

/** Whether it is one, not something that says so. */
function isMemory(value: unknown): boolean {
  try {
    const { get } = Object.getOwnPropertyDescriptor(WebAssembly.Memory.prototype, "buffer") as { get(): unknown };
    return get.call(value) !== undefined;
  } catch {
    return false;
  }
}

/** The other program's memory, its addresses checked. */
export class Foreign {
  readonly memory: WebAssembly.Memory;
  /** What `allocate` gave; undefined before. */
  block: ForeignBlock | undefined;
  readonly #rule: string;
  readonly #tensors: readonly Tensor[];
  readonly #writesGrads: boolean;
  readonly #allocate: (bytes: number) => unknown;
  #params: Addresses;
  #grads: Addresses | undefined;

  /** Checks what the caller gave; `writesGrads` says whether steps write into gradients. */
  constructor(rule: string, given: unknown, tensors: readonly Tensor[], writesGrads: boolean) {
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
    this.memory = memory as WebAssembly.Memory;
    this.#allocate = allocate as (bytes: number) => unknown;
    this.#params = this.#read(`${where}: params`, options.get("params"), undefined);
    this.#grads = options.has("grads") ? this.#read(`${where}: grads`, options.get("grads"), undefined) : undefined;
    this.#checkOverlap(where, this.#params, this.#grads);
  }

  get params(): Addresses {
    return this.#params;
  }

  /** Undefined where the optimizer lays them out. */
  get grads(): Addresses | undefined {
    return this.#grads;
  }

  /** Asks the program for a block, zeroed, and returns its first cache line. */
  allocate(room: number): number {
    const bytes = room + cacheLine;
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
    return Math.ceil(address / cacheLine) * cacheLine;
  }

  /** Takes new addresses. Throws, and keeps the old ones, when one is wrong. */
  relocate(given: unknown): void {
    const where = `${this.#rule}: relocate`;
    const moved = readOptions(where, ["params", "grads"], given);
    if (moved.has("grads") && !this.#grads)
      throw new TypeError(`${where}: grads expected the option memory.grads at construction: they are in opt.block`);
    const params = moved.has("params") ? this.#read(`${where}: params`, moved.get("params"), this.#params) : this.#params;
    const grads = moved.has("grads") ? this.#read(`${where}: grads`, moved.get("grads"), this.#grads) : this.#grads;
    this.#checkOverlap(where, params, grads);
    this.#params = params;
    this.#grads = grads;
  }

  #read(where: string, given: unknown, before: Addresses | undefined): Addresses {
    const pointers = new Map(readEntries(where, "a plain object of addresses", given));
    const size = this.memory.buffer.byteLength;
    let known = 0;
    const addresses = new Map<Tensor, number>();
    for (const tensor of this.#tensors) {
      const { name, length } = tensor;
      const own = pointers.has(name);
      if (own) known += 1;
      if (!own && before) {
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
    if (known < pointers.size) {
      const names = this.#tensors.map(({ name }) => name);
      const strange = [...pointers.keys()].find((name) => !names.includes(name));
      throw new TypeError(`${where}: unknown parameter ${show(strange)}; they are ${showNames(names)}`);
    }
    return addresses;
  }

  #checkOverlap(where: string, params: Addresses, grads: Addresses | undefined, block = this.block): void {
    const places: Place[] = [];
    const add = (array: "params" | "grads", addresses: Addresses) => {
      for (const [{ name, length }, begin] of addresses) places.push({ array, name, begin, end: begin + length * float });
    };
    add("params", params);
    if (grads) add("grads", grads);
    if (block) places.push({ array: "block", name: "", begin: block.address, end: block.address + block.bytes });
    const shares = ({ array }: Place) => array === "grads" && !this.#writesGrads;
    const pair = findOverlap(places, (one, other) => shares(one) && shares(other));
    if (pair) throw new RangeError(`${where}: ${pair.map(describe).join(" and ")} overlap; expected separate arrays`);
  }
}

const describe = ({ array, name, begin }: Place) =>
  `${array === "block" ? "the block of allocate" : `${array}: ${show(name)}`} at ${begin}`;

/** A pointer of a program, for which it may be a signed number; undefined where it is none. */
function unsigned(pointer: unknown): number | undefined {
  const whole = typeof pointer === "number" && Number.isInteger(pointer) && pointer >= -(2 ** 31) && pointer < 2 ** 32;
  return whole ? pointer >>> 0 : undefined;
}

function notAnAddress(where: string, given: unknown): Error {
  const what = "a byte address";
  return typeof given === "number" ? wrongValue(where, what, given) : wrongKind(where, what, given);
}
