/** The pools that `threads()` made, by which an optimizer knows one. */
export const pools = new WeakSet<object>();
