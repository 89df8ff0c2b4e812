// What the page and the worker of the view of flat minima tell each other.
import type { MethodName } from "./methods.js";
import type { Plan } from "./plan.js";
import type { Slice } from "./slices.js";
import type { Outcome } from "./training.js";

/** Begins anew. `number` is in all news about it. */
export interface Order {
  readonly number: number;
  readonly plan: Plan;
}

export type News = { readonly number: number } & (
  | { readonly kind: "outcome"; readonly outcome: Outcome }
  /** The losses on a line through the minimum of the first seed. */
  | { readonly kind: "slice"; readonly method: MethodName; readonly slice: Slice }
  /** A training that the library refused, or that diverged. */
  | { readonly kind: "failure"; readonly method: MethodName; readonly seed: number; readonly message: string }
  | { readonly kind: "finished" }
);
