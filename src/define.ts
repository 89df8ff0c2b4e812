import type { Interval } from "./check.js";
import { Optimizer } from "./optimizer.js";
import type { Parameters } from "./parameters.js";
import type { Sweep } from "./sweep.js";
import type { Kernels } from "./wasm.js";

/** A pure function of the number of completed steps, 0 first. */
export type Schedule = (t: number) => number;

/** A number: default, interval, meaning, and `fixed` where it is read only at construction. */
export type Quantity = readonly [value: number, interval: Interval, meaning: string, fixed?: "fixed"];

/** A choice between true and false that decides which state there is. */
export type Switch = readonly [value: boolean, kind: "boolean", meaning: string, fixed: "fixed"];

export type Hyper = Quantity | Switch;

export type Hypers = { readonly [name: string]: Hyper } & { readonly lr: Quantity; readonly weightDecay: Quantity };

/** What a caller may give: a number or a schedule of them; true or false for a switch. */
export type Settings<H extends Hypers> = { -readonly [K in keyof H]: H[K][0] extends boolean ? boolean : number | Schedule };

/** What a step uses. */
export type Values<H extends Hypers> = { readonly [K in keyof H]: H[K][0] extends boolean ? boolean : number };

/**
 * A state array as long as the parameters: PyTorch's name of it; the hyper-parameter without which (0 or false) it is not
 * laid out; the hyper-parameter that it starts from instead of 0.
 */
export type Slot<Name = string> = string | { readonly torch: string; readonly needs?: Name; readonly start?: Name };

export type Slots<Name = string> = { readonly [slot: string]: Slot<Name> };

/** Byte addresses of the arrays; 0 where a slot is not laid out. */
export type Addresses<S> = { readonly [array in "p" | "g" | (keyof S & string)]: number };

/**
 * One kernel call, or a few: the rule's scalars are finished here, in f64. The engine has set the trunk. t is the number of
 * this step, 1 first.
 */
export type Phase<H extends Hypers, S> = (
  kernels: Kernels,
  sweep: Sweep,
  at: Addresses<S>,
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
  /** By default the rule's `step`. */
  readonly complete?: Phase<H, S>;
}

/** The description of a rule. */
export interface Spec<H extends Hypers = Hypers, S extends Slots = Slots> {
  readonly name: string;
  /** The rule in the letters of the paper, for people. */
  readonly update: string;
  readonly paper: string;
  readonly hyper: H;
  readonly state: S;
  /**
   * What `weightDecay` does: `l2` (default) adds to the gradient, `decoupled` shrinks p by lr · weightDecay itself, and
   * `proximal` divides p and the step, whose part the rule does, by 1 + lr · weightDecay.
   */
  readonly decay?: "l2" | "decoupled" | "proximal";
  /** What the numbers that it carries from step to step start from. */
  readonly carry?: readonly number[];
  readonly step: Phase<H, S>;
  readonly twoPhase?: TwoPhase<H, S>;
}

/** A rule as callers use it: a function that makes optimizers, with the spec on it. */
export interface Rule<H extends Hypers, S extends Slots> {
  /**
   * An optimizer of these parameters, each a length, a shape, or a Float32Array of initial values (copied).
   * @throws TypeError for a wrong kind of value or an unknown name, RangeError for a value out of its interval.
   */
  <const P extends Parameters<P>>(parameters: P, options?: Partial<Settings<H>>): Optimizer<P, H, S>;
  readonly spec: Spec<H, S>;
}

/** The L2 penalty as every rule of PyTorch has it. */
export const weightDecay: Quantity = [0, "[0,inf)", "L2 penalty: weightDecay · p is added to the gradient"];

/** Decoupled weight decay, Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101. */
export const decoupledDecay = (value: number): Quantity => [value, "[0,inf)", "decoupled decay: p shrinks by lr · weightDecay"];

/** Makes a rule of its description. */
export function define<const H extends Hypers, const S extends Slots<keyof H & string>>(spec: Spec<H, S>): Rule<H, S> {
  for (const part of [spec, spec.hyper, ...Object.values(spec.hyper), spec.state, ...Object.values(spec.state)])
    Object.freeze(part);
  const rule = <const P extends Parameters<P>>(parameters: P, options?: Partial<Settings<H>>) =>
    new Optimizer(spec, parameters, options);
  return Object.freeze(Object.defineProperty(Object.assign(rule, { spec }), "name", { value: spec.name }));
}
