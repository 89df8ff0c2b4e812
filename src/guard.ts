import { NonFiniteError, show } from "./errors.js";
import type { Optimizer } from "./optimizer.js";

/** Keeps the parameters with which loss and gradients were last finite, and goes back to them when something is not. */
export class Guard {
  readonly #optimizer: Optimizer;
  readonly #history: NonFiniteError["history"];
  readonly #lastGood: Float32Array<ArrayBuffer>;

  constructor(optimizer: Optimizer, history: NonFiniteError["history"]) {
    this.#optimizer = optimizer;
    this.#history = history;
    this.#lastGood = optimizer.copyParams();
    const parameter = optimizer.nonFinite("params");
    if (parameter !== undefined)
      this.#fail(optimizer.t + 1, 0, `parameter ${show(parameter)} is not finite at the start`, parameter);
  }

  /** Throws, with the parameters put back, unless loss and gradients are finite; the parameters are then the good ones. */
  beforeStep(epoch: number, loss: number): void {
    const step = this.#optimizer.t + 1;
    const parameter = this.#optimizer.nonFinite("grads");
    const gradient = parameter === undefined ? "" : `the gradient of ${show(parameter)} is not finite`;
    if (!Number.isFinite(loss)) this.#fail(step, epoch, `the loss is ${loss}${gradient && ` and ${gradient}`}`, parameter);
    if (gradient) this.#fail(step, epoch, gradient, parameter);
    this.#optimizer.copyParams(this.#lastGood);
  }

  /** Throws, with the parameters put back, unless they are finite. */
  afterStep(epoch: number): void {
    const parameter = this.#optimizer.nonFinite("params");
    if (parameter === undefined) return;
    this.#fail(this.#optimizer.t, epoch, `the step made parameter ${show(parameter)} infinite or NaN`, parameter);
  }

  #fail(step: number, epoch: number, what: string, parameter: string | undefined): never {
    this.#optimizer.restoreParams(this.#lastGood);
    throw new NonFiniteError(
      `${this.#optimizer.spec.name}: step ${step}, epoch ${epoch}: ${what}`,
      step,
      parameter,
      this.#history,
    );
  }
}
