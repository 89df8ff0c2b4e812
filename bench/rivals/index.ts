import type { Rival } from "./rival.js";

export type { Contest, Rival, Values, Workload } from "./rival.js";

/** In the order of tables and charts. */
export const rivals: readonly Rival[] = [];
