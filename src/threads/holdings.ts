// Which memories the workers of a pool hold, each with the kernels of one optimizer. Engines report collected objects only between turns of
// the event loop, and a plain training loop has none. So workers hold only the memories used last.

/** The record of one optimizer's kernels on its memory. It refers to neither, so the engine can collect both. */
export interface Holding {
  readonly number: number;
  /** Bytes that count towards the limit. */
  weight: number;
  /** Whether workers hold the memory, or will once they have read their mail. */
  held: boolean;
  /** Whether the workers released it to make room for others. */
  evicted: boolean;
  /** The last job that used it. */
  used: number;
}

/** The initial limit of all held memories, in bytes. */
const initialLimit = 2 ** 28;

/** The minimum weight of a memory: engines reserve gigabytes of addresses for each. */
const minWeight = 2 ** 23;

export class Holdings {
  readonly #registry: FinalizationRegistry<Holding>;
  readonly #held = new Set<Holding>();
  #number = 0;
  #weight = 0;
  #limit = initialLimit;

  /** `collected` is called when the engine has collected the kernels of a holding. */
  constructor(collected: (holding: Holding) => void) {
    this.#registry = new FinalizationRegistry(collected);
  }

  /** A record for these kernels. */
  make(kernels: object): Holding {
    this.#number += 1;
    const holding = { number: this.#number, weight: 0, held: false, evicted: false, used: 0 };
    this.#registry.register(kernels, holding);
    return holding;
  }

  /** Records a memory of this size as held. Returns the numbers of the memories that workers must release for it. */
  add(holding: Holding, bytes: number): number[] {
    holding.weight = Math.max(bytes, minWeight);
    // An evicted memory is in use again. Its replacement may be in use, too, so the limit grows to hold both.
    if (holding.evicted) this.#limit += holding.weight;
    const evicted: number[] = [];
    while (this.#held.size > 0 && this.#weight + holding.weight > this.#limit) {
      const oldest = [...this.#held].reduce((oldest, other) => (other.used < oldest.used ? other : oldest));
      this.remove(oldest);
      oldest.evicted = true;
      evicted.push(oldest.number);
    }
    holding.held = true;
    holding.evicted = false;
    this.#held.add(holding);
    this.#weight += holding.weight;
    return evicted;
  }

  /** Records a memory as released. Returns false if it was not held. */
  remove(holding: Holding): boolean {
    holding.held = holding.evicted = false;
    if (!this.#held.delete(holding)) return false;
    this.#weight -= holding.weight;
    return true;
  }
}
