// Which memories the workers of a pool hold. An engine tells that a memory is gone when its event loop has a turn, which a plain loop
// of trainings never gives it. So workers hold those alone that were used last.

/** A memory that workers hold, or do not. Does not keep it itself. */
export interface Holding {
  readonly number: number;
  /** Bytes that it counts for. */
  weight: number;
  /** Whether workers hold it, or will when they have read their mail. */
  held: boolean;
  /** Whether they had to let go of it for others. */
  ousted: boolean;
  /** The job that used it last. */
  used: number;
}

/** Bytes that workers hold whatever has been used. */
const least = 2 ** 28;

/** What a memory counts for at least: engines reserve gigabytes of addresses for each. */
const lightest = 2 ** 23;

export class Holdings {
  readonly #known = new WeakMap<WebAssembly.Memory, Holding>();
  readonly #gone: FinalizationRegistry<Holding>;
  readonly #held = new Set<Holding>();
  #number = 0;
  #weight = 0;
  #limit = least;

  /** `gone` is told of memories that nobody has any more. */
  constructor(gone: (holding: Holding) => void) {
    this.#gone = new FinalizationRegistry(gone);
  }

  of(memory: WebAssembly.Memory): Holding {
    const known = this.#known.get(memory);
    if (known) return known;
    this.#number += 1;
    const holding = { number: this.#number, weight: 0, held: false, ousted: false, used: 0 };
    this.#known.set(memory, holding);
    this.#gone.register(memory, holding);
    return holding;
  }

  /** Records a memory of this size as held. Returns the numbers of the memories to release for it. */
  add(holding: Holding, bytes: number): number[] {
    holding.weight = Math.max(bytes, lightest);
    // It is still in use, as what took its place may be: all that takes turns is to be held in the end.
    if (holding.ousted) this.#limit += holding.weight;
    const ousted: number[] = [];
    while (this.#held.size > 0 && this.#weight + holding.weight > this.#limit) {
      const oldest = [...this.#held].reduce((oldest, other) => (other.used < oldest.used ? other : oldest));
      this.remove(oldest);
      oldest.ousted = true;
      ousted.push(oldest.number);
    }
    holding.held = true;
    holding.ousted = false;
    this.#held.add(holding);
    this.#weight += holding.weight;
    return ousted;
  }

  /** Counts a memory as held no more. False when it was not. */
  remove(holding: Holding): boolean {
    holding.held = holding.ousted = false;
    if (!this.#held.delete(holding)) return false;
    this.#weight -= holding.weight;
    return true;
  }
}
