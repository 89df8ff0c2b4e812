// All rules. A new one is a line here, a line in assembly/index.ts, its kernel and its spec.

export { adabelief } from "./adabelief.js";
export { adadelta } from "./adadelta.js";
export { adagrad } from "./adagrad.js";
export { adam } from "./adam.js";
export { adamax } from "./adamax.js";
export { adamw } from "./adamw.js";
export { adan } from "./adan.js";
export { ademamix } from "./ademamix.js";
export { adopt } from "./adopt.js";
export { amsgrad } from "./amsgrad.js";
export { lion } from "./lion.js";
export { momentum } from "./momentum.js";
export { nadam } from "./nadam.js";
export { nesterov } from "./nesterov.js";
export { qhm } from "./qhm.js";
export { radam } from "./radam.js";
export { rmsprop } from "./rmsprop.js";
export { sgd } from "./sgd.js";
export { signum } from "./signum.js";
export { yogi } from "./yogi.js";
