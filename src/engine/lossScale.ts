import { checkFeature } from "../checks/options.js";

/** A factor of the loss. It keeps small gradients representable in low precision. */
export interface LossScaleOptions {
  /** The first factor. Default 65536, in [1,1e30]. */
  readonly initial?: number;
  /** Factor of the loss scale after `interval` steps in a row with finite gradients. Default 2, in [1,inf). */
  readonly growth?: number;
  /** Factor of the loss scale after gradients that are not finite. The scale stays at least 1. Default 0.5, in (0,1]. */
  readonly backoff?: number;
  /** Steps with finite gradients before the loss scale grows. Default 2000, an integer of at least 1. */
  readonly interval?: number;
}

// The inverse, times the factors of accumulation and clipping, stays in the range of f32.
const largest = 2 ** 100;

/** The numbers of the loss scale that steps change. */
export interface LossScaleProgress {
  readonly factor: number;
  /** Steps with finite gradients since the factor changed. */
  readonly finiteSteps: number;
}

/** The option, checked; undefined when it is off. */
export const readLossScale = (where: string, given: unknown) =>
  checkFeature(where, given, {
    initial: ["[1,1e30]", 65_536],
    growth: ["[1,inf)", 2],
    backoff: ["(0,1]", 0.5],
    interval: [1, 2000],
  });

/** Loss scaling with automatic growth and back-off, Micikevicius et al. 2018, https://arxiv.org/abs/1710.03740. */
export class LossScale {
  readonly #options: Required<LossScaleOptions>;
  // The factor, and the steps since it changed.
  readonly #numbers: Float64Array<ArrayBuffer>;

  constructor(options: Required<LossScaleOptions>) {
    this.#options = options;
    this.#numbers = Float64Array.of(options.initial, 0);
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

  /** Reduces the factor after gradients that were not finite. */
  backOff(): void {
    this.#numbers[0] = Math.max(this.factor * this.#options.backoff, 1);
    this.#numbers[1] = 0;
  }

  get progress(): LossScaleProgress {
    return { factor: this.factor, finiteSteps: this.#numbers[1] as number };
  }

  set progress({ factor, finiteSteps }: LossScaleProgress) {
    this.#numbers[0] = factor;
    this.#numbers[1] = finiteSteps;
  }
}
