import { checkBoolean } from "../checks/check.js";
import { printable, printPlainly } from "../checks/inspect.js";
import { cannotSet, cannotSetProperty, refuseAssignments } from "../checks/readonly.js";
import type { HyperParameters } from "./hyperParameters.js";
import type { HyperSettings, Hypers, HyperValues, Slots, Spec } from "./spec.js";

/** The numbers of a group that steps change. */
export interface GroupProgress {
  /** Steps in which the group was not frozen. */
  readonly steps: number;
  /** Updates of the average. */
  readonly averaged: number;
  /** The numbers that the rule carries, in the order of the spec. */
  readonly carry: readonly number[];
  /** The scheduled hyper-parameters of the last step, by name. */
  readonly scheduled: { readonly [name: string]: number };
}

/** Parameters that share hyper-parameters. They are contiguous in each array. */
// biome-ignore lint/suspicious/noExplicitAny: as in Optimizer.
export class Group<H extends Hypers = any, S extends Slots = any> {
  /** @internal */
  readonly hyperParameters: HyperParameters<H, S>;
  /** @internal The carried numbers. */
  readonly numbers: Float64Array;
  /** @internal */
  completed = 0;
  /** @internal Updates of the average. */
  averaged = 0;
  /** @internal Called when `frozen` changes. */
  whenFrozen: () => void = () => {};

  readonly #rule: string;
  readonly #names: readonly string[];
  readonly #carry: { readonly [name: string]: number };
  #frozen: boolean;

  /** @internal */
  constructor({ name, carry = {} }: Spec<H, S>, names: readonly string[], hyper: HyperParameters<H, S>, frozen: boolean) {
    this.#names = Object.freeze(names);
    this.hyperParameters = hyper;
    this.#rule = name;
    this.#frozen = frozen;
    this.numbers = Float64Array.from(Object.values(carry));
    const accessors = Object.keys(carry).map((key, i) => {
      const set = (value: unknown) => {
        throw cannotSet(`${name}: carry.${key}`, value, "it is read-only");
      };
      return [key, { enumerable: true, get: () => this.numbers[i], set }] as const;
    });
    this.#carry = Object.freeze(printPlainly(Object.defineProperties({}, Object.fromEntries(accessors))));
  }

  /** The names of the parameters in the group. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** The numbers that the rule carries from step to step, by name; read-only. */
  get carry(): { readonly [name: string]: number } {
    return this.#carry;
  }

  /** The hyper-parameters as set: numbers or schedules. An assignment is checked as at construction and takes effect at the next step. */
  get hyper(): HyperSettings<H> {
    return this.hyperParameters.settings;
  }

  /** The hyper-parameters as numbers, from the last step or set since. Read-only. */
  get current(): HyperValues<H> {
    return this.hyperParameters.current;
  }

  /** Completed steps in which the group was not frozen. This is t in the rule's formula; schedules count all steps. */
  get steps(): number {
    return this.completed;
  }

  /** @internal */
  get progress(): GroupProgress {
    const { completed, averaged, numbers, hyperParameters } = this;
    return { steps: completed, averaged, carry: [...numbers], scheduled: hyperParameters.scheduledValues };
  }

  /** @internal */
  set progress({ steps, averaged, carry, scheduled }: GroupProgress) {
    this.completed = steps;
    this.averaged = averaged;
    this.numbers.set(carry);
    this.hyperParameters.scheduledValues = scheduled;
  }

  /** Whether steps leave the parameters and the state of the group unchanged. Can be set. */
  get frozen(): boolean {
    return this.#frozen;
  }

  set frozen(frozen: boolean) {
    this.hyperParameters.lock.check(this.#rule, "frozen", " expected to be set");
    checkBoolean(`${this.#rule}: frozen`, frozen);
    this.#frozen = frozen;
    this.whenFrozen();
  }

  static {
    printable(Group.prototype, "Group", ({ names, frozen, steps, hyper, carry }) => ({ names, frozen, steps, hyper, carry }));
    refuseAssignments(Group.prototype, (group, name, value) =>
      cannotSetProperty(group.#rule, "group", group, name, value, Object.keys(group.hyper), ["match", "decay"]),
    );
  }
}
