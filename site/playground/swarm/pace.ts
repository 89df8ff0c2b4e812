// How many particles a device can move: few at first, twice as many while frames are short.

/** Milliseconds of a frame. Below them the number doubles. */
const short = 8;
/** Frames that are timed before the number changes. */
const frames = 10;

export const firstCount = 20_000;
/** The gradient over a hundred examples takes as long as a hundred others. */
export const firstCountOnData = 1_000;
export const lastCount = 100_000;

/** Times frames. `tell` returns whether twice as many particles are due. */
export class Pace {
  #count = 0;
  #sum = 0;

  tell(milliseconds: number): boolean {
    this.#count += 1;
    this.#sum += milliseconds;
    if (this.#count < frames) return false;
    const mean = this.#sum / frames;
    this.#count = this.#sum = 0;
    return mean < short;
  }
}
