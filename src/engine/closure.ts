/** Computes the loss at the current `params`. Adds its gradient to `grads`, which are 0 before the call. Returns the loss. */
export type Closure = () => number;
