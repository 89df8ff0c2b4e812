// States of the training view that are worth a look.
import type { RacerSetup } from "../state.js";
import { defaults } from "./plan.js";

export interface Preset {
  readonly racers: RacerSetup[];
  readonly tuned: boolean;
  readonly settings: { readonly [name: string]: string | undefined };
}

const rule = (rule: string, options: RacerSetup["options"] = {}): RacerSetup => ({ rule, options });

/** Settings that presets do not set go back to their defaults. */
const clean = { batch: undefined, batches: undefined, epochs: undefined, seed: undefined, schedule: undefined };

export const presets = {
  /** The same batches for all, rates from `findRate`. */
  rules: {
    racers: ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adadelta", "adam"].map((name) => rule(name)),
    tuned: true,
    settings: clean,
  },
  /** Gradient descent with batches of three sizes. The gradient of one image is noisy: it gets smaller steps. */
  descents: {
    racers: [rule("sgd", { lr: 0.2 }), rule("sgd", { lr: 0.02 }), rule("sgd", { lr: 0.2 })],
    tuned: false,
    settings: { ...clean, batches: `all,1,${defaults.batch}`, epochs: "20" },
  },
} satisfies { readonly [name: string]: Preset };
