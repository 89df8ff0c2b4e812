// Before each collective all ranks exchange what they are about to do. So ranks that go different ways get an error, all of them, instead
// of waiting for each other.

import { list, show } from "../checks/errors.js";
import type { Transport } from "./transport.js";
import type { Slices } from "./tree.js";
import type { Collective, Watchdog } from "./watchdog.js";
import { collectives } from "./watchdogThread.js";

/** Numbers of a rank: what it does, a number that must be the same on all ranks, and two that may differ. */
const given = 4;

/** The values of all ranks, by rank. */
export interface Met {
  readonly first: Float64Array<ArrayBuffer>;
  readonly second: Float64Array<ArrayBuffer>;
}

/** What a rank gives at a meeting. */
interface Given {
  /** Two numbers of this rank. Default 0, 0. */
  readonly own?: readonly [first: number, second: number];
  /** A number that must be the same on all ranks. Default 0. */
  readonly common?: number;
  /** Makes the error if it is not, from the numbers of all ranks. */
  readonly differ?: (values: Float64Array) => Error;
}

const unexpected = (values: Float64Array) => new Error(`mpi: expected the same number on all ranks, got ${whoHasWhat(values)}`);

/** What differs between ranks: `0.1 on rank 0, 0.2 on ranks 1, 3`. */
export function whoHasWhat<T>(values: ArrayLike<T>, text: (value: T) => string = show): string {
  const ranksOf = new Map<string, number[]>();
  for (const [rank, value] of Array.from(values).entries()) {
    const shown = text(value);
    ranksOf.set(shown, [...(ranksOf.get(shown) ?? []), rank]);
  }
  const parts = [...ranksOf].map(([shown, ranks]) => {
    return `${shown} on rank${ranks.length > 1 ? "s" : ""} ${list(ranks.length, (i) => String(ranks[i]), 4)}`;
  });
  return list(parts.length, (i) => parts[i] as string, 4);
}

/** The meetings of the ranks. */
export class Meetings {
  readonly #transport: Transport;
  readonly #watchdog: Watchdog;
  readonly #values: Float64Array<ArrayBuffer>;
  readonly #slots: Slices;
  readonly #met: Met;

  constructor(transport: Transport, watchdog: Watchdog) {
    this.#transport = transport;
    this.#watchdog = watchdog;
    const { ranks } = transport;
    this.#values = new Float64Array(given * ranks);
    this.#slots = {
      counts: new Int32Array(ranks).fill(given),
      offsets: Int32Array.from({ length: ranks }, (_, rank) => rank * given),
    };
    this.#met = { first: new Float64Array(ranks), second: new Float64Array(ranks) };
  }

  /**
   * Meets the other ranks at a collective, then runs it with the values of all ranks, which are valid until the next meeting.
   * @throws on all ranks: Error if they are in different collectives; what `differ` makes if `common` differs
   */
  meet<T>(collective: Collective, run: (met: Met) => T, { own = [0, 0], common = 0, differ = unexpected }: Given = {}): T {
    return this.#watchdog.guard(collective, () => {
      const values = this.#values;
      const { rank } = this.#transport;
      values[given * rank] = collectives.indexOf(collective);
      values[given * rank + 1] = common;
      values[given * rank + 2] = own[0];
      values[given * rank + 3] = own[1];
      this.#transport.gather(values, this.#slots.counts, this.#slots.offsets);
      if (this.#differs(0)) {
        const what = whoHasWhat(this.#all(0), (index) => `${collectives[index]}()`);
        throw new Error(`mpi: all ranks expected in the same collective, got ${what}`);
      }
      if (this.#differs(1)) throw differ(this.#all(1));
      const { first, second } = this.#met;
      for (let i = 0; i < first.length; i++) {
        first[i] = values[given * i + 2] as number;
        second[i] = values[given * i + 3] as number;
      }
      return run(this.#met);
    });
  }

  /** Whether a number is not the same on all ranks. */
  #differs(index: number): boolean {
    const values = this.#values;
    for (let at = given + index; at < values.length; at += given) if (values[at] !== values[index]) return true;
    return false;
  }

  #all(index: number): Float64Array {
    return Float64Array.from(this.#met.first, (_, rank) => this.#values[given * rank + index] as number);
  }
}
