// The methods: momentum alone, with SWA, and with SAM. To add a method, add an entry to `methods`.
import { linear, type momentum, sequence } from "../../src/index.js";

type Options = NonNullable<Parameters<typeof momentum>[1]>;

export const lr = 0.05;
export const weightDecay = 5e-4;
/** The share of updates after which the rate falls, or averaging begins. */
export const turn = 0.6;
const minRate = 0.01 * lr;

export interface Method {
  readonly label: string;
  /** The options of momentum, except weight decay. */
  options(updates: number): Options;
}

const begin = (updates: number) => Math.round(turn * updates);
const falling = (updates: number) => {
  const rest = updates - begin(updates);
  return sequence([lr, linear(lr, { end: minRate, steps: rest })], [begin(updates)]);
};

export const methods = {
  sgd: { label: "momentum", options: (updates) => ({ lr: falling(updates) }) },
  constant: { label: "momentum, constant rate", options: () => ({ lr }) },
  swa: { label: "SWA, constant rate", options: (updates) => ({ lr, swa: { start: begin(updates) } }) },
  sam: { label: "SAM", options: (updates) => ({ lr: falling(updates), sam: true }) },
  asam: {
    label: "adaptive SAM",
    options: (updates) => ({ lr: falling(updates), sam: { radius: 0.5, adaptive: true } }),
  },
} satisfies { readonly [name: string]: Method };

export type MethodName = keyof typeof methods;
export const methodNames = Object.keys(methods) as MethodName[];
/** The method that the others are compared with. */
export const baseline: MethodName = "sgd";
