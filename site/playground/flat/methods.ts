// The methods that view F compares. All make the same number of updates.
import { linear, type Schedule, sequence } from "simdescent";

/** What all methods share. */
export interface Common {
  readonly rule: string;
  /** The rate before it falls. */
  readonly lr: number;
  readonly weightDecay: number;
  readonly batch: number;
  readonly updates: number;
  /** SAM's radius; adaptive SAM has ten times that. */
  readonly radius: number;
}

interface MethodOptions {
  readonly lr: number | Schedule;
  readonly swa?: { readonly start: number };
  readonly sam?: { readonly radius: number; readonly adaptive: boolean };
}

export interface Method {
  /** The flowers in a batch, if the method does not take the common number. */
  readonly batch?: 1 | "all";
  options(common: Common): MethodOptions;
}

/** The share of updates after which the rate falls, or averaging begins. */
const turn = 0.6;
export const begin = ({ updates }: Common) => Math.round(turn * updates);

/** Constant, then falling on a line to a hundredth. */
function falling(common: Common): Schedule {
  const { lr, updates } = common;
  return sequence([lr, linear(lr, { end: lr / 100, steps: Math.max(1, updates - begin(common)) })], [begin(common)]);
}

export const methods = {
  plain: { options: (common) => ({ lr: falling(common) }) },
  single: { batch: 1, options: (common) => ({ lr: falling(common) }) },
  whole: { batch: "all", options: (common) => ({ lr: falling(common) }) },
  swa: { options: (common) => ({ lr: common.lr, swa: { start: begin(common) } }) },
  sam: { options: (common) => ({ lr: falling(common), sam: { radius: common.radius, adaptive: false } }) },
  asam: { options: (common) => ({ lr: falling(common), sam: { radius: 10 * common.radius, adaptive: true } }) },
} satisfies { readonly [name: string]: Method };

export type MethodName = keyof typeof methods;

export const methodNames = Object.keys(methods) as MethodName[];

/** The method that the others are compared with. */
export const baseline: MethodName = "plain";
