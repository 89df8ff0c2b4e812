import { c } from "./c.js";
import { jaxWasm } from "./jax.js";
import { pytorch } from "./pytorch.js";
import type { Rival } from "./rival.js";
import { tensorflowCpu, tensorflowWasm } from "./tensorflow.js";

export type { Contest, Rival, Values, Workload } from "./rival.js";

/** All rivals, in the order of tables and charts. */
export const rivals: readonly Rival[] = [tensorflowCpu, tensorflowWasm, jaxWasm, ...pytorch, c];
