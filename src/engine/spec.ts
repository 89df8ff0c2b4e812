import type { Interval } from "../checks/check.js";
import type { EngineKernels } from "../kernels/generated.js";
import type { KernelArguments } from "../kernels/kernelArguments.js";
import type { KernelModule } from "../kernels/kernelModule.js";
import type { Shape } from "../numerics/shape.js";
import type { Schedule } from "../schedules/schedule.js";
import type { Decay } from "./decay.js";

/** A numeric hyper-parameter: default and interval. A `fixed` one is read at construction only. */
export type Quantity = readonly [value: number, interval: Interval, fixed?: "fixed"];

/** A boolean hyper-parameter. It is read at construction, because state arrays can depend on it. */
export type Switch = readonly [value: boolean, kind: "boolean", fixed: "fixed"];

/** A hyper-parameter of a rule. */
export type Hyper = Quantity | Switch;

/** Hyper-parameters by name. Every rule has these two. */
export type Hypers = { readonly [name: string]: Hyper } & {
  /** Learning rate. The default depends on the rule. */
  readonly lr: Quantity;
  /** Weight decay, see the option `decay`. The default depends on the rule. */
  readonly weightDecay: Quantity;
};

/** The hyper-parameters as a caller sets them: a number or a schedule; a boolean for a switch. */
export type HyperSettings<H extends Hypers> = { -readonly [K in keyof H]: H[K][0] extends boolean ? boolean : number | Schedule };

/** The hyper-parameters of one step: numbers and booleans. */
export type HyperValues<H extends Hypers> = { readonly [K in keyof H]: H[K][0] extends boolean ? boolean : number };

/** A state array: its name in PyTorch, or a description. */
export type Slot<Name = string> =
  | string
  | {
      /** Its name in PyTorch. */
      readonly torch: string;
      /** A hyper-parameter. If it is 0 or false, the array is left out. */
      readonly needs?: Name;
      /** The hyper-parameter with the initial value of all elements. By default they start at 0. */
      readonly start?: Name;
      /** The array's shape for a tensor of this shape; [0] leaves it out. By default the shape of the tensor. */
      readonly shape?: (shape: Shape) => Shape;
    };

/** State arrays by slot. */
export type Slots<Name = string> = { readonly [slot: string]: Slot<Name> };

/** Byte addresses of the arrays of a rule; 0 for an array that is left out. */
export type ArrayAddresses<S> = { readonly [array in "p" | "g" | "scratch" | (keyof S & string)]: number };

/** Kernel calls over the range of `args`. The engine loads the prologue before the call. `t` is the number of this step, from 1. */
// biome-ignore lint/suspicious/noExplicitAny: a pass is contravariant in its kernels, so only `any` accepts every pass.
export type Pass<H extends Hypers, S, K = any> = (
  kernels: EngineKernels & K,
  args: KernelArguments,
  at: ArrayAddresses<S>,
  values: HyperValues<H>,
  t: number,
  carry: Float64Array,
) => void;

/**
 * A step in two phases, for rules that need the gradient at a shifted point. `shift` moves the parameters there. `gather` updates the state
 * from the gradient of that point. Then the engine puts the parameters back, and `complete` moves them.
 */
// biome-ignore lint/suspicious/noExplicitAny: as in Pass.
export interface TwoPhase<H extends Hypers, S, K = any> {
  /** Moves the parameters to the point of the gradient. */
  readonly shift: Pass<H, S, K>;
  /** Updates the state from the gradient of that point. */
  readonly gather?: Pass<H, S, K>;
  /** Default: the rule's own step. */
  readonly complete?: Pass<H, S, K>;
}

/** The description of a rule, with its hyper-parameters `H`, its state `S` and its kernels `K`. */
// biome-ignore lint/suspicious/noExplicitAny: as in Pass.
export interface Spec<H extends Hypers = Hypers, S extends Slots = Slots, K = any> {
  /** The name of the rule's function. Messages begin with it. */
  readonly name: string;
  /** The hyper-parameters: default and interval of each. */
  readonly hyper: H;
  /** Pairs of numeric hyper-parameters. The first may not exceed the second. */
  readonly ordered?: readonly (readonly [least: keyof H & string, most: keyof H & string])[];
  /** The modules of the kernels that the passes call, besides those of the engine. */
  readonly kernels: readonly KernelModule[];
  /** The state arrays: PyTorch's name of each. */
  readonly state: S;
  /** The default kind of weight decay. Default `l2`. */
  readonly decay?: Decay;
  /** The rule applies every kind of decay itself; no proximal pass follows. */
  readonly absorbsDecay?: true;
  /** The largest gradient for which the step does not overflow. Larger gradients are limited to it. Default 2^100. */
  readonly gradientLimit?: number;
  /** The numbers that the rule carries from step to step, with their initial values. */
  readonly carry?: { readonly [name: string]: number };
  /**
   * Numbers that PyTorch stores beside the state arrays of each parameter, by their names there: the name of a carried number, or a function
   * of the hyper-parameters and the completed steps. Checkpoints have them.
   */
  readonly torchNumbers?: { readonly [name: string]: string | ((values: HyperValues<H>, t: number) => number) };
  /** Whole-tensor pass and scalars are per tensor. By default they are per group. */
  readonly perTensor?: true;
  /** Number of floats for intermediate results, for a tensor of this shape. */
  readonly scratch?: (shape: Shape) => number;
  /**
   * Runs before each pass. Sets `args.rate`, the learning rate in the weight decay, if it differs from `lr`. Sets the carried numbers that
   * depend only on t.
   */
  readonly prepare?: (args: KernelArguments, values: HyperValues<H>, t: number, carry: Float64Array) => void;
  /**
   * Whole-tensor work before the element-wise pass: norms, matrix products. Runs on each part of a group (with `perTensor`: on one
   * tensor); then `scalars` runs once; then `elementPass` runs on each part. `args.sums` starts at 0 and adds up over the parts.
   */
  readonly wholePass?: Pass<H, S, K>;
  /**
   * Computes the scalars of `elementPass` in f64 and loads them, once for all parts. `at` has the addresses of the first part. Returns
   * false if the rule cannot step yet; the step then leaves the parameters and the group's number of steps unchanged.
   */
  readonly scalars?: (
    args: KernelArguments,
    values: HyperValues<H>,
    t: number,
    carry: Float64Array,
    at: ArrayAddresses<S>,
    // biome-ignore lint/suspicious/noConfusingVoidType: a rule that can always step returns nothing.
  ) => void | boolean;
  /** The element-wise pass that moves p. The engine may call it tile by tile. */
  readonly elementPass?: Pass<H, S, K>;
  /** The two-phase form of the step. By default there is none. */
  readonly twoPhase?: TwoPhase<H, S, K>;
  /** Updates the state from gradients without a step, for rules that need a second kind of gradient. */
  readonly observe?: Pass<H, S, K>;
  /** Moves the parameters to the rule's evaluation weights. By default these are the parameters. */
  readonly evaluate?: Pass<H, S, K>;
}
