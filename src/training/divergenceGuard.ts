import { NonFiniteError, show } from "../checks/errors.js";
import type { Optimizer } from "../engine/optimizer.js";

/** Keeps the last parameters with finite loss and gradients. Restores them, and throws, when a number is not finite. */
export class DivergenceGuard {
  readonly #optimizer: Optimizer;
  readonly #history: NonFiniteError["history"];
  // `#good` has the parameters before the last good step, `#next` those before this step. If this step
  // proves good, the two are swapped.
  #good: Float32Array<ArrayBuffer>[];
  #next: Float32Array<ArrayBuffer>[];

  constructor(optimizer: Optimizer, history: NonFiniteError["history"]) {
    this.#optimizer = optimizer;
    this.#history = history;
    this.#good = optimizer.copyParams();
    this.#next = optimizer.copyParams();
    const parameter = optimizer.firstNonFinite("params");
    if (parameter !== undefined)
      this.#fail(optimizer.t + 1, 0, `parameter ${show(parameter)} is not finite at the start`, parameter);
  }

  /** Restores the parameters and throws, unless the loss is finite or the optimizer skips such steps. */
  checkLoss(epoch: number, loss: number): void {
    if (Number.isFinite(loss) || this.#optimizer.nonFinite === "skip") return;
    const parameter = this.#optimizer.firstNonFinite("grads");
    const gradient = parameter === undefined ? "" : ` and the gradient of ${show(parameter)} is not finite`;
    this.#fail(this.#optimizer.t + 1, epoch, `the loss is ${loss}${gradient}`, parameter);
  }

  beforeStep(): void {
    this.#optimizer.copyParams(this.#next);
  }

  /** Calls a method of the optimizer. If it throws a NonFiniteError, restores the parameters. */
  attempt(epoch: number, method: () => void): void {
    try {
      method();
    } catch (error) {
      if (!(error instanceof NonFiniteError)) throw error;
      const { message, step, parameter } = error;
      this.#fail(step, epoch, message.replace(/^.*?: step \d+: /, ""), parameter);
    }
  }

  /** Call this after a step that was not skipped. Unless the parameters are finite, restores the last good ones and throws. */
  afterStep(epoch: number, loss: number): void {
    if (Number.isFinite(loss)) [this.#good, this.#next] = [this.#next, this.#good];
    const parameter = this.#optimizer.firstNonFinite("params");
    if (parameter === undefined) return;
    this.#fail(this.#optimizer.t, epoch, `the step made parameter ${show(parameter)} infinite or NaN`, parameter);
  }

  #fail(step: number, epoch: number, what: string, parameter: string | undefined): never {
    this.#optimizer.restoreParams(this.#good);
    throw new NonFiniteError(
      `${this.#optimizer.spec.name}: step ${step}, epoch ${epoch}: ${what}`,
      step,
      parameter,
      this.#history,
    );
  }
}
