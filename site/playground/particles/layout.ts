// How particles, many points of one rule, are laid out in optimizers.
import { ruleOf } from "../options.js";
import type { RacerSetup } from "../state.js";
import type { Surface } from "../surfaces.js";

/**
 * `elements`: all particles are elements of one tensor. `tensors`: each is a tensor, all in one optimizer. `optimizers`: each has an
 * optimizer of its own.
 */
export type LayoutKind = "elements" | "tensors" | "optimizers";

/** The most particles of each kind: what moves in a few milliseconds. */
export const mostParticles: { readonly [kind in LayoutKind]: number } = { elements: 400_000, tensors: 10_000, optimizers: 1_000 };

/** Options that compute with the norm of all gradients of an optimizer. */
const joining = ["clipNorm", "sam"];

export interface Layout {
  readonly kind: LayoutKind;
  /** What rules out a layout with more particles: the rule, an option, or the surface's noise. */
  readonly because?: "rule" | "noise" | (string & {});
}

/** The layout with the most particles in which each takes the steps of a race. */
export function layoutOf({ rule, options }: RacerSetup): Layout {
  const { wholePass, perTensor } = ruleOf(rule).spec;
  const option = joining.find((name) => options[name] !== undefined);
  if (wholePass && !perTensor) return { kind: "optimizers", because: "rule" };
  if (option) return { kind: "optimizers", because: option };
  return perTensor ? { kind: "tensors", because: "rule" } : { kind: "elements" };
}

/** The layout in which noise does too: an optimizer draws noise for each of its elements, and the one particle of a race is its first. */
export function layoutOfRaces(setup: RacerSetup, { noise }: Surface): Layout {
  return noise ? { kind: "optimizers", because: "noise" } : layoutOf(setup);
}
