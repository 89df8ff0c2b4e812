import { KernelArguments } from "../kernels/kernelArguments.js";
import { argumentsAddress } from "../memory/layout.js";

/** The arguments of an optimizer's kernel calls: a set of scalars and sums for each kind of call, made when it is used first. */
export class ArgumentSets {
  readonly #address: number;
  readonly #sets: (KernelArguments | undefined)[] = [];
  #buffer: ArrayBuffer;

  /** `address` is that of the optimizer's block. */
  constructor(buffer: ArrayBuffer, address: number) {
    this.#buffer = buffer;
    this.#address = address;
  }

  /** Of the rule. */
  get rule(): KernelArguments {
    return this.#at(0);
  }

  /** Of the engine. */
  get engine(): KernelArguments {
    return this.#at(1);
  }

  /** Of the pass of proximal decay. */
  get proximal(): KernelArguments {
    return this.#at(2);
  }

  /** Of Lookahead's slow parameters. */
  get slow(): KernelArguments {
    return this.#at(3);
  }

  /** Of averages. */
  get average(): KernelArguments {
    return this.#at(4);
  }

  /** Of the search for gradients that are not finite. Its scalar is reloaded only when it changes. */
  get search(): KernelArguments {
    return this.#at(5);
  }

  /** Of the factor of noisy gradients. Its scalar is reloaded only when it changes. */
  get factor(): KernelArguments {
    return this.#at(6);
  }

  /** Switches to the new buffer of a memory that has grown. */
  bind(buffer: ArrayBuffer): void {
    this.#buffer = buffer;
    for (const args of this.#sets) args?.bind(buffer);
  }

  #at(index: number): KernelArguments {
    this.#sets[index] ??= new KernelArguments(this.#buffer, this.#address + argumentsAddress(index), 0, 0, [0]);
    return this.#sets[index];
  }
}
