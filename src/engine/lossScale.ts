import { checkFeature } from "../checks/options.js";

/** A factor of the loss that keeps small gradients representable where they are computed in few bits. */
export interface LossScaleOptions {
  /** The first factor. Default 65536, in [1,1e30]. */
  readonly initial?: number;
  /** Factor of the loss scale after `interval` steps in a row with finite gradients. Default 2, in [1,inf). */
  readonly growth?: number;
  /** Factor of the loss scale, down to 1, after gradients that are not finite. Default 0.5, in (0,1]. */
  readonly backoff?: number;
  /** Steps with finite gradients before the loss scale grows. Default 2000, an integer of at least 1. */
  readonly interval?: number;
}

// So that the inverse, times those of weights and of clipping, stays in the range of f32.
const largest = 2 ** 100;

/** Loss scaling with automatic growth and back-off, Micikevicius et al. 2018, https://arxiv.org/abs/1710.03740. */
export class LossScale {
  readonly #options: Required<LossScaleOptions>;
  // The factor, and the steps since it changed.
  readonly #numbers: Float64Array<ArrayBuffer>;

  private constructor(options: Required<LossScaleOptions>) {
    this.#options = options;
    this.#numbers = Float64Array.of(options.initial, 0);
  }

  static read(where: string, given: unknown): LossScale | undefined {
    const options = checkFeature(where, given, {
      initial: ["[1,1e30]", 65_536],
      growth: ["[1,inf)", 2],
      backoff: ["(0,1]", 0.5],
      interval: [1, 2000],
    });
    return options && new LossScale(options);
  }

  get factor(): number {
    return this.#numbers[0] as number;
  }

  /** Counts a step whose gradients were finite. */
  grow(): void {
    const numbers = this.#numbers;
    numbers[1] = (numbers[1] as number) + 1;
    if (numbers[1] < this.#options.interval) return;
    numbers[0] = Math.min(this.factor * this.#options.growth, largest);
    numbers[1] = 0;
  }

  /** Takes in that gradients were not finite. */
  backOff(): void {
    this.#numbers[0] = Math.max(this.factor * this.#options.backoff, 1);
    this.#numbers[1] = 0;
  }

  /** The factor, and the steps since it changed. */
  get numbers(): readonly number[] {
    return [...this.#numbers];
  }

  set numbers(numbers: readonly number[]) {
    this.#numbers.set(numbers);
  }

  /** A copy of the numbers; the result puts it back. */
  snapshot(): () => void {
    const numbers = this.#numbers.slice();
    return () => this.#numbers.set(numbers);
  }
}
