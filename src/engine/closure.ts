/** Computes the loss at `params` as they are then, adds its gradient to `grads`, which are 0 before, and returns the loss. */
export type Closure = () => number;
