import type { Interval } from "../checks/check.js";
import type { KernelArguments } from "../kernels/kernelArguments.js";
import type { Kernels } from "../kernels/wasm.js";
import type { Shape } from "../numerics/shape.js";
import type { Schedule } from "../schedules/schedule.js";
import type { Decay } from "./decay.js";

/** A number: default, interval, meaning, and `fixed` where it is read only at construction. */
export type Quantity = readonly [value: number, interval: Interval, meaning: string, fixed?: "fixed"];

/** A choice between true and false that decides which state there is. */
export type Switch = readonly [value: boolean, kind: "boolean", meaning: string, fixed: "fixed"];

/** A hyper-parameter of a rule. */
export type Hyper = Quantity | Switch;

/** Hyper-parameters by name. Every rule has these two. */
export type Hypers = { readonly [name: string]: Hyper } & {
  /** Learning rate. The default depends on the rule. */
  readonly lr: Quantity;
  /** Weight decay, see the option `decay`. The default depends on the rule. */
  readonly weightDecay: Quantity;
};

/** What a caller may give: a number or a schedule of them; true or false for a switch. */
export type HyperSettings<H extends Hypers> = { -readonly [K in keyof H]: H[K][0] extends boolean ? boolean : number | Schedule };

/** What a step uses. */
export type HyperValues<H extends Hypers> = { readonly [K in keyof H]: H[K][0] extends boolean ? boolean : number };

/** A state array: PyTorch's name for it, or more. */
export type Slot<Name = string> =
  | string
  | {
      /** PyTorch's name for it. */
      readonly torch: string;
      /** The hyper-parameter without which, at 0 or false, there is no such array. */
      readonly needs?: Name;
      /** The hyper-parameter from which it starts. By default it starts from 0. */
      readonly start?: Name;
      /** Its floats for a tensor of this shape. By default those of the tensor. */
      readonly length?: (shape: Shape) => number;
    };

/** State arrays by slot. */
export type Slots<Name = string> = { readonly [slot: string]: Slot<Name> };

/** Byte addresses of the arrays that a rule works on; 0 where one is not laid out. */
export type ArrayAddresses<S> = { readonly [array in "p" | "g" | "scratch" | (keyof S & string)]: number };

/** Kernel calls over what the args covers. The engine has set the trunk. t is the number of this step, 1 first. */
export type Pass<H extends Hypers, S> = (
  kernels: Kernels,
  args: KernelArguments,
  at: ArrayAddresses<S>,
  values: HyperValues<H>,
  t: number,
  carry: Float64Array,
) => void;

/**
 * A step in two phases, for rules that want the gradient at another point than the parameters: `shift` moves there;
 * `gather` takes in the gradient found there; then the engine puts the parameters back and `complete` moves them.
 */
export interface TwoPhase<H extends Hypers, S> {
  /** Moves the parameters to the point of the gradient. */
  readonly shift: Pass<H, S>;
  /** Takes in the gradient found there. */
  readonly gather?: Pass<H, S>;
  /** Moves the unmoved parameters. By default the rule's step. */
  readonly complete?: Pass<H, S>;
}

/** The description of a rule. `H` and `S` are its hyper-parameters and state. */
export interface Spec<H extends Hypers = Hypers, S extends Slots = Slots> {
  /** The name of the rule's function, with which messages begin. */
  readonly name: string;
  /** The rule in the letters of the paper, for people. */
  readonly formula: string;
  /** Authors, year and address of the paper. */
  readonly paper: string;
  /** The hyper-parameters: default, interval and meaning of each. */
  readonly hyper: H;
  /** Pairs of numeric hyper-parameters: the first may not exceed the second. */
  readonly ordered?: readonly (readonly [least: keyof H & string, most: keyof H & string])[];
  /** The state arrays: PyTorch's name of each. */
  readonly state: S;
  /** What `weightDecay` does by default; `l2` where nothing is said. */
  readonly decay?: Decay;
  /** Whether the step takes `args.decay` into its direction, so that proximal decay, too, is in it and not after the step. */
  readonly absorbsDecay?: true;
  /** The largest gradient that the step can take, where that is not 2^100: larger ones are limited to it. */
  readonly gradientLimit?: number;
  /** The numbers that it carries from step to step, and what they start from. */
  readonly carry?: { readonly [name: string]: number };
  /** Whether each tensor is a step of its own, for rules that look at a whole tensor. By default all are one range. */
  readonly perTensor?: true;
  /** Floats that a step needs for intermediate results, for a tensor of this shape. */
  readonly scratch?: (shape: Shape) => number;
  /**
   * Sets what a phase starts from: `args.rate`, the learning rate that decay goes by, where that is not `lr`, and carried
   * numbers that follow from t alone. Phases that are no step call it too.
   */
  readonly prepare?: (args: KernelArguments, values: HyperValues<H>, t: number, carry: Float64Array) => void;
  /**
   * What is no matter of one element: norms, matrices. A step is this over each part, `scalars`, then `move` over each part: the parts
   * are one tensor (`perTensor`), or all that make up the group, over which it adds to `args.sums`, 0 before.
   */
  readonly wholePass?: Pass<H, S>;
  /**
   * Finishes the scalars of `move`, in f64, once for all parts. `at` has the addresses of the first. False where the rule cannot step
   * yet: the step then leaves parameters and the group's number of steps as they are.
   */
  readonly scalars?: (
    args: KernelArguments,
    values: HyperValues<H>,
    t: number,
    carry: Float64Array,
    at: ArrayAddresses<S>,
  ) => void | boolean;
  /** The pass that moves p, element by element: the engine may have it over one part of them after the other. */
  readonly elementPass?: Pass<H, S>;
  /** The two-phase form of the step. By default there is none. */
  readonly twoPhase?: TwoPhase<H, S>;
  /** Takes in gradients without a step, for rules that want others beside those of the loss. */
  readonly observe?: Pass<H, S>;
  /** Moves the parameters to those that the rule is judged by, where these are others than the ones it trains. */
  readonly evaluate?: Pass<H, S>;
}
