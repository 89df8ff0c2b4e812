// The tuned kernels, each with the variants that were tried.
export { adam } from "./adam.js";
export { dot } from "./dot.js";
export { finite } from "./finite.js";
export { matmul } from "./matmul.js";
export { signed } from "./signed.js";
