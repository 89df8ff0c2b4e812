import type { Group } from "./group.js";
import type { HyperParameters } from "./hyperParameters.js";
import type { CallLock, Visitor } from "./lock.js";
import type { Hypers, Slots } from "./spec.js";

const schedules: Visitor = { name: "a schedule", may: [] };

/** Asks the schedules of all groups for the hyper-parameters of the next step. If one throws, no group changes. */
export class ScheduleCalls {
  readonly #hypers: readonly HyperParameters<Hypers, Slots>[];
  readonly #lock: CallLock;
  // Whether `askAhead` has asked for the next step.
  #asked = false;

  constructor(groups: readonly Group[], lock: CallLock) {
    this.#hypers = [...new Set(groups.map(({ hyperParameters }) => hyperParameters))]; // groups may share them
    this.#lock = lock;
  }

  /** Asks for the step after t completed steps, unless `askAhead` has asked. */
  ask(t: number): void {
    const asked = this.#asked;
    this.#asked = false;
    if (asked) return;
    const hypers = this.#hypers;
    for (let i = 0; i < hypers.length; i++) {
      if (!(hypers[i] as HyperParameters<Hypers, Slots>).scheduled) continue;
      this.#askAll(t);
      return;
    }
  }

  /** Asks now; the next `ask` does not ask again. */
  askAhead(t: number): void {
    this.#asked = false;
    this.ask(t);
    this.#asked = this.#hypers.some(({ scheduled }) => scheduled);
  }

  /** Sets the scheduled hyper-parameters of this step. */
  accept(): void {
    const hypers = this.#hypers;
    for (let i = 0; i < hypers.length; i++) (hypers[i] as HyperParameters<Hypers, Slots>).accept();
  }

  #askAll(t: number): void {
    const hypers = this.#hypers;
    const lock = this.#lock;
    const { visitor } = lock;
    lock.visitor = schedules;
    try {
      for (let i = 0; i < hypers.length; i++) (hypers[i] as HyperParameters<Hypers, Slots>).askSchedules(t);
    } finally {
      lock.visitor = visitor;
    }
  }
}
