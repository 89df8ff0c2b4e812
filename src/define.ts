import type { AscentOptions } from "./ascent.js";
import type { Interval } from "./check.js";
import type { ConditioningOptions } from "./conditioning.js";
import type { FollowingOptions } from "./following.js";
import type { ForeignMemory } from "./foreign.js";
import { Optimizer } from "./optimizer.js";
import type { Parameters } from "./parameters.js";
import type { Shape } from "./shape.js";
import type { Sweep } from "./sweep.js";
import type { Threads } from "./threads.js";
import type { Kernels } from "./wasm.js";

/** A pure function of the number of completed steps, 0 first. Those of the library throw a RangeError for anything else. */
export type Schedule = (t: number) => number;

/** A number: default, interval, meaning, and `fixed` where it is read only at construction. */
export type Quantity = readonly [value: number, interval: Interval, meaning: string, fixed?: "fixed"];

/** A choice between true and false that decides which state there is. */
export type Switch = readonly [value: boolean, kind: "boolean", meaning: string, fixed: "fixed"];

export type Hyper = Quantity | Switch;

export type Hypers = { readonly [name: string]: Hyper } & { readonly lr: Quantity; readonly weightDecay: Quantity };

/** What a caller may give: a number or a schedule of them; true or false for a switch. */
export type Settings<H extends Hypers> = { -readonly [K in keyof H]: H[K][0] extends boolean ? boolean : number | Schedule };

/** What a caller may give when an optimizer is made. */
export type Options<H extends Hypers, Name extends string = string> = Partial<Settings<H>> & EngineOptions<H, Name>;

/** What a step uses. */
export type Values<H extends Hypers> = { readonly [K in keyof H]: H[K][0] extends boolean ? boolean : number };

/**
 * A state array: PyTorch's name of it; the hyper-parameter without which (0 or false) it is not laid out; the
 * hyper-parameter that it starts from instead of 0; how many floats it takes for a tensor, when not as many as the tensor.
 */
export type Slot<Name = string> =
  | string
  | { readonly torch: string; readonly needs?: Name; readonly start?: Name; readonly length?: (shape: Shape) => number };

export type Slots<Name = string> = { readonly [slot: string]: Slot<Name> };

/** Byte addresses of the arrays that a rule works on; 0 where one is not laid out. */
export type Arrays<S> = { readonly [array in "p" | "g" | "scratch" | (keyof S & string)]: number };

/**
 * What `weightDecay` λ does: `l2` adds λ·p to the gradient; `decoupled` takes lr·λ·p away beside the step, `independent`
 * λ·p; `proximal` divides p by 1 + lr·λ after the step. `inside`, where the rule has it, adds λ·p to the direction that the
 * rule makes of the gradient.
 */
export type Decay = (typeof decays)[number] | "inside";

/** The kinds that every rule takes. */
export const decays = ["l2", "decoupled", "independent", "proximal"] as const;

/** What every rule, and every group, takes besides its hyper-parameters. Read at construction. */
export interface DecayOptions {
  /** What `weightDecay` does. By default what the spec says. */
  readonly decay?: Decay;
}

/** What every rule takes besides. Read at construction. */
export interface EngineOptions<H extends Hypers, Name extends string>
  extends DecayOptions,
    ConditioningOptions,
    FollowingOptions,
    AscentOptions {
  readonly groups?: readonly GroupOptions<H, Name>[];
  /** A pool made by `threads()`, which works on long steps together. The arrays are then on a SharedArrayBuffer. */
  readonly threads?: Threads;
  /**
   * Memory of another WebAssembly program, in which parameters and gradients are: steps change them there, and nothing is copied. A
   * parameter given by values starts from them; one given by length or shape starts from what is there.
   */
  readonly memory?: ForeignMemory<Name>;
}

/** Parameters that get other hyper-parameters than the rest. What is left out is as for the rest, also when that is set later. */
export type GroupOptions<H extends Hypers, Name extends string = string> = Partial<Settings<H>> &
  DecayOptions & {
    /** By a pattern of the name, by names, or by a function. A parameter that several groups match is in the first. */
    readonly match: RegExp | readonly Name[] | ((name: Name, shape: Shape) => boolean);
    /** Whether steps leave the group as it is; can be set later. */
    readonly frozen?: boolean;
  };

/** Kernel calls over what the sweep covers. The engine has set the trunk. t is the number of this step, 1 first. */
export type Phase<H extends Hypers, S> = (
  kernels: Kernels,
  sweep: Sweep,
  at: Arrays<S>,
  values: Values<H>,
  t: number,
  carry: Float64Array,
) => void;

/**
 * A step in two phases, for rules that want the gradient at another point than the parameters: `shift` moves there;
 * `gather` takes in the gradient found there; then the engine puts the parameters back and `complete` moves them.
 */
export interface TwoPhase<H extends Hypers, S> {
  readonly shift: Phase<H, S>;
  readonly gather?: Phase<H, S>;
  /** By default the rule's step. */
  readonly complete?: Phase<H, S>;
}

/** The description of a rule. `H` and `S` are its hyper-parameters and state. */
export interface Spec<H extends Hypers = Hypers, S extends Slots = Slots> {
  readonly name: string;
  /** The rule in the letters of the paper, for people. */
  readonly update: string;
  readonly paper: string;
  readonly hyper: H;
  /** Pairs of numeric hyper-parameters: the first may not exceed the second. */
  readonly ordered?: readonly (readonly [least: keyof H & string, most: keyof H & string])[];
  readonly state: S;
  /** What `weightDecay` does by default; `l2` where nothing is said. */
  readonly decay?: Decay;
  /** Whether the step takes `sweep.decay` into its direction, so that proximal decay, too, is in it and not after the step. */
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
   * Sets what a phase starts from: `sweep.rate`, the learning rate that decay goes by, where that is not `lr`, and carried
   * numbers that follow from t alone. Phases that are no step call it too.
   */
  readonly prepare?: (sweep: Sweep, values: Values<H>, t: number, carry: Float64Array) => void;
  /**
   * What is no matter of one element: norms, matrices. A step is this over each part, `scalars`, then `move` over each part: the parts
   * are one tensor (`perTensor`), or all that make up the group, over which it adds to `sweep.sums`, 0 before.
   */
  readonly study?: Phase<H, S>;
  /**
   * Finishes the scalars of `move`, in f64, once for all parts. `at` has the addresses of the first. False where the rule cannot step
   * yet: the step then leaves parameters and the group's number of steps as they are.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a rule that can always step returns nothing.
  readonly scalars?: (sweep: Sweep, values: Values<H>, t: number, carry: Float64Array, at: Arrays<S>) => void | boolean;
  /** The pass that moves p, element by element: the engine may have it over one part of them after the other. */
  readonly move?: Phase<H, S>;
  readonly twoPhase?: TwoPhase<H, S>;
  /** Takes in gradients without a step, for rules that want others beside those of the loss. */
  readonly observe?: Phase<H, S>;
  /** Moves the parameters to those that the rule is judged by, where these are others than the ones it trains. */
  readonly evaluate?: Phase<H, S>;
}

/** A rule as callers use it: a function that makes optimizers, with the spec on it. */
export interface Rule<H extends Hypers, S extends Slots> {
  /**
   * An optimizer of these parameters, each a length, a shape, or a Float32Array of initial values (copied).
   * @throws TypeError for a wrong kind of value or an unknown name, RangeError for a value out of its interval.
   */
  <const P extends Parameters<P>>(parameters: P, options?: Options<H, keyof P & string>): Optimizer<P, H, S>;
  readonly spec: Spec<H, S>;
}

/** The L2 penalty as every rule of PyTorch has it. */
export const weightDecay: Quantity = [0, "[0,inf)", "L2 penalty: weightDecay · p is added to the gradient"];

/** Decoupled weight decay, Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101. */
export const decoupledDecay = (value: number): Quantity => [value, "[0,inf)", "decoupled decay: p shrinks by lr · weightDecay"];

/** Weight decay as a part of the direction that the rule makes of the gradient. */
export const insideDecay: Quantity = [0, "[0,inf)", "weightDecay · p is added to the direction"];

/** Where eps goes in Adam and its relatives. */
export const epsHat = (value: boolean): Switch => [
  value,
  "boolean",
  "adds eps to the root before the bias correction of the root",
  "fixed",
];

/** Where eps goes in RMSProp. */
export const epsInRoot: Switch = [false, "boolean", "adds eps inside the root", "fixed"];

/** What a momentum is a sum of. */
export const lrInMomentum: Switch = [
  false,
  "boolean",
  "sums up steps, not gradients, so that a change of lr leaves earlier steps alone",
  "fixed",
];

/** The largest gradient of rules that square it, or its difference from another one. */
export const squareLimit = 2 ** 60;

/** That of rules that sum up the squares of 2^16 steps and more. */
export const squareSumLimit = 2 ** 56;

/** Makes a rule of its description. */
export function define<const H extends Hypers, const S extends Slots<keyof H & string>>(spec: Spec<H, S>): Rule<H, S> {
  const parts = [spec.hyper, ...Object.values(spec.hyper), spec.ordered, spec.state, ...Object.values(spec.state), spec.carry];
  for (const part of [spec, ...parts]) Object.freeze(part);
  const rule = <const P extends Parameters<P>>(parameters: P, options?: Options<H, keyof P & string>) =>
    new Optimizer(spec, parameters, options);
  return Object.freeze(Object.defineProperty(Object.assign(rule, { spec }), "name", { value: spec.name }));
}
