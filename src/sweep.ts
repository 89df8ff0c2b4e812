/**
 * What a kernel call covers, and the scalars that it reads. They travel through memory, not as arguments: V8 would
 * allocate a box for each number that is not an integer.
 */
export class Sweep {
  /** First element. A multiple of 4. */
  readonly begin: number;
  /** One past the last element. */
  readonly end: number;
  /** Byte address of the scalars. */
  readonly c: number;
  readonly #scalars: Float32Array;

  constructor(memory: ArrayBufferLike, address: number, begin: number, end: number) {
    this.begin = begin;
    this.end = end;
    this.c = address;
    this.#scalars = new Float32Array(memory, address, Sweep.length);
  }

  /** Floats that the scalars may take. */
  static readonly length = 16;

  /** The trunk that every rule shares: x = scale·g + l2·p, and keep·p. */
  trunk(scale: number, l2: number, keep: number): void {
    const c = this.#scalars;
    c[0] = scale;
    c[1] = l2;
    c[2] = keep;
  }

  /** The rule's own scalars, in the order of the kernel. */
  scalars(first: number, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0, seventh = 0, eighth = 0): void {
    const c = this.#scalars;
    c[3] = first;
    c[4] = second;
    c[5] = third;
    c[6] = fourth;
    c[7] = fifth;
    c[8] = sixth;
    c[9] = seventh;
    c[10] = eighth;
  }
}
