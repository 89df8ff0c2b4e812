/** All pools from `threads()`. Optimizers accept no other object. */
export const pools = new WeakSet<object>();
