// All rules. A new one is a line here, a line in assembly/index.ts, its kernel and its spec.
export { adadelta } from "./adadelta.js";
export { adagrad } from "./adagrad.js";
export { adam } from "./adam.js";
export { momentum } from "./momentum.js";
export { nesterov } from "./nesterov.js";
export { rmsprop } from "./rmsprop.js";
export { sgd } from "./sgd.js";
