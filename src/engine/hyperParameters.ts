import { checkBoolean, checkChoice, checkNumber, type Interval, inside, readOptions } from "../checks/check.js";
import { isClass, show, wrongKind, wrongValue } from "../checks/errors.js";
import { printPlainly } from "../checks/inspect.js";
import { cannotSet, cannotSetProperty, refusing } from "../checks/readonly.js";
import type { Schedule } from "../schedules/schedule.js";
import { type Decay, decays } from "./decay.js";
import { CallLock } from "./lock.js";
import type { Hyper, HyperSettings, Hypers, HyperValues, Quantity, Slots, Spec } from "./spec.js";

/** The names of the options that each group can set; outside of `groups` they set the defaults. */
export const ownOptions = ({ hyper }: Pick<Spec, "hyper">): string[] => [...Object.keys(hyper), "decay"];

const prototypes = new WeakMap<object, object>();

/** The prototype of a rule's `settings`. It refuses assignments to unknown names. */
function settingsOf({ name: rule, hyper }: Pick<Spec, "name" | "hyper">): object {
  const refuse = (settings: object, name: string, value: unknown) =>
    cannotSetProperty(rule, "hyper", settings, name, value, [], ownOptions({ hyper }));
  const prototype = prototypes.get(hyper) ?? refusing(refuse);
  prototypes.set(hyper, prototype);
  return prototype;
}

interface Scheduled {
  readonly name: string;
  readonly schedule: Schedule;
  readonly interval: Interval;
  next: number;
}

/** The hyper-parameters of an optimizer or a group: the caller's settings, and their numbers in this step. */
export class HyperParameters<H extends Hypers, S extends Slots> {
  /** This step's numbers, for the kernels. */
  readonly values: HyperValues<H>;
  /** The kind of weight decay. */
  readonly decay: Decay;
  /** The slots that these hyper-parameters need. */
  readonly slots: readonly (keyof S & string)[];
  /** The optimizer's lock. */
  readonly lock: CallLock;

  readonly #spec: Spec<H, S>;
  readonly #where: string;
  // Groups. They inherit what they do not set themselves.
  readonly #children: HyperParameters<H, S>[] = [];
  readonly #own = new Set<string>();
  #schedules: readonly Scheduled[] = [];
  // Made when they are read first, because many optimizers are made and few are asked.
  #settings: HyperSettings<H> | undefined;
  #current: HyperValues<H> | undefined;

  /** Options that are left out come from `defaults`, else from the spec. */
  constructor(spec: Spec<H, S>, options: unknown, where = spec.name, defaults?: HyperParameters<H, S>) {
    this.#spec = spec;
    this.#where = where;
    this.lock = defaults?.lock ?? new CallLock();
    const given = readOptions(where, ownOptions(spec), options);
    const ruleDecay = spec.decay ?? "l2";
    const decay = given.has("decay") ? given.get("decay") : (defaults?.decay ?? ruleDecay);
    const kinds = ruleDecay === "inside" ? [...decays, ruleDecay] : decays;
    // Other libraries use the name `decay` for a number.
    const number = typeof decay === "number" ? ` (did you mean ${"rho" in spec.hyper ? "rho" : "weightDecay"}?)` : "";
    checkChoice(`${where}: decay${number}`, kinds, decay);
    this.decay = decay;
    // Undefined at first, so that V8 keeps the numbers boxed. If a field holds an unboxed double, most reads allocate a new box.
    const values: Record<string, unknown> = {};
    for (const name of Object.keys(spec.hyper)) values[name] = undefined;
    this.values = values as HyperValues<H>;
    for (const name of Object.keys(spec.hyper)) {
      const [initial, interval, fixed] = spec.hyper[name] as Hyper;
      let value = given.has(name) ? given.get(name) : defaults ? defaults.#setting(name) : initial;
      if (given.has(name)) this.#own.add(name);
      this.#check(name, value);
      if (fixed && typeof value === "function") {
        value = value(0);
        checkNumber(`${where}: ${name}`, interval as Interval, value);
      }
      this.#store(name, value);
    }
    this.slots = Object.entries(spec.state).flatMap(([slot, layout]) =>
      typeof layout === "object" && layout.needs !== undefined && !this.#uses(layout.needs) ? [] : [slot],
    );
    for (const [least] of spec.ordered ?? []) if (!this.#scheduled(least)) this.#admitOrder(least, this.values[least] as number);
    this.#ask(0);
    this.accept();
  }

  /** The caller's settings: numbers, booleans, schedules. An assignment is checked, and takes effect at the next step. */
  get settings(): HyperSettings<H> {
    this.#settings ??= this.#exposeSettings();
    return this.#settings;
  }

  /** `values`, read-only, for the caller. */
  get current(): HyperValues<H> {
    this.#current ??= this.#exposeCurrent();
    return this.#current;
  }

  /** The hyper-parameters of a group. It inherits what `options` leaves out, also when that is set later. */
  child(options: unknown, where: string): HyperParameters<H, S> {
    const hyper = new HyperParameters(this.#spec, options, where, this);
    this.#children.push(hyper);
    return hyper;
  }

  /** Whether any of them is a schedule. */
  get scheduled(): boolean {
    return this.#schedules.length > 0;
  }

  /** Calls the schedules with t, the number of completed steps. Throws if a result is not allowed. `accept()` then sets `values`. */
  askSchedules(t: number): void {
    this.#ask(t);
    if (this.#schedules.length > 0 && this.#spec.ordered) this.#compare(t);
  }

  #ask(t: number): void {
    const schedules = this.#schedules;
    for (let i = 0; i < schedules.length; i++) {
      const scheduled = schedules[i] as Scheduled;
      scheduled.next = scheduled.schedule(t);
      if (typeof scheduled.next !== "number" || !inside(scheduled.interval, scheduled.next)) this.#refuse(scheduled, t);
    }
  }

  /** The settings without the inherited ones. */
  get ownSettings(): { readonly [name: string]: unknown } {
    const own = Object.keys(this.#spec.hyper).filter((name) => this.#own.has(name));
    return Object.fromEntries(own.map((name) => [name, this.settings[name]]));
  }

  /** The scheduled hyper-parameters of the last step, by name. The setter skips names without a schedule. */
  get scheduledValues(): { readonly [name: string]: number } {
    const scheduled = Object.keys(this.#spec.hyper).filter((name) => this.#scheduled(name));
    return Object.fromEntries(scheduled.map((name) => [name, this.values[name] as number]));
  }

  set scheduledValues(numbers: { readonly [name: string]: number }) {
    const values = this.values as Record<string, number>;
    for (const [name, number] of Object.entries(numbers)) if (this.#scheduled(name)) values[name] = number;
  }

  /** Returns a function that restores the settings of now. */
  remember(): () => void {
    const [own, schedules, values] = [[...this.#own], this.#schedules, { ...this.values }];
    return () => {
      this.#own.clear();
      for (const name of own) this.#own.add(name);
      this.#schedules = schedules;
      Object.assign(this.values, values);
    };
  }

  /** Copies the results of the schedules to `values`. */
  accept(): void {
    const schedules = this.#schedules;
    const values = this.values as Record<string, number>;
    for (let i = 0; i < schedules.length; i++) {
      const { name, next } = schedules[i] as Scheduled;
      values[name] = next;
    }
  }

  #refuse({ name, interval, next }: Scheduled, t: number): never {
    const where = `${this.#where}: ${name} as a schedule at t = ${t}`;
    throw typeof next === "number"
      ? wrongValue(where, `in ${interval}`, next)
      : wrongKind(where, `a number in ${interval}`, next);
  }

  /** Throws if an ordered pair of the spec is out of order after t completed steps. */
  #compare(t: number): void {
    for (const [least, most] of this.#spec.ordered ?? []) {
      const [low, high] = [this.#next(least), this.#next(most)];
      if (low > high) throw wrongValue(`${this.#where}: ${least} at t = ${t}`, `at most ${most}, ${high}`, low);
    }
  }

  #next(name: string): number {
    return this.#scheduled(name)?.next ?? (this.values[name] as number);
  }

  /** Throws if a number is out of order with its pair, here or in a group that inherits it. Scheduled numbers are compared at each step. */
  #admitOrder(name: string, value: number): void {
    for (const [least, most] of this.#spec.ordered ?? []) {
      const other = name === least ? most : least;
      if ((name !== least && name !== most) || this.#scheduled(other)) continue;
      const bound = this.values[other] as number;
      if (name === least ? value <= bound : value >= bound) continue;
      throw wrongValue(`${this.#where}: ${name}`, `at ${name === least ? "most" : "least"} ${other}, ${bound}`, value);
    }
    for (const child of this.#children) if (!child.#own.has(name)) child.#admitOrder(name, value);
  }

  #exposeSettings(): HyperSettings<H> {
    const settings = Object.create(settingsOf(this.#spec)) as object;
    for (const name of Object.keys(this.#spec.hyper)) {
      const set = (value: unknown) => {
        this.lock.check(this.#where, "hyper", `.${name} expected to be set`);
        this.#admit(name, value);
        this.#own.add(name);
        this.#inherit(name, value);
      };
      Object.defineProperty(settings, name, { enumerable: true, get: () => this.#setting(name), set });
    }
    return Object.preventExtensions(printPlainly(settings)) as HyperSettings<H>;
  }

  #exposeCurrent(): HyperValues<H> {
    const current = {};
    for (const name of Object.keys(this.#spec.hyper)) {
      const set = (value: unknown) => {
        throw cannotSet(`${this.#where}: current.${name}`, value, `set hyper.${name}`);
      };
      Object.defineProperty(current, name, { enumerable: true, get: () => this.values[name], set });
    }
    return Object.freeze(printPlainly(current)) as HyperValues<H>;
  }

  #setting(name: string): number | boolean | Schedule | undefined {
    return this.#scheduled(name)?.schedule ?? this.values[name];
  }

  #scheduled(name: string): Scheduled | undefined {
    return this.#schedules.find((scheduled) => scheduled.name === name);
  }

  /** Whether a hyper-parameter is true, a number other than 0, or a schedule. */
  #uses(name: string): boolean {
    return this.#scheduled(name) !== undefined || Boolean(this.values[name]);
  }

  #check(name: string, value: unknown): asserts value is number | boolean | Schedule {
    const [, interval] = this.#spec.hyper[name] as Hyper;
    const where = `${this.#where}: ${name}`;
    if (interval === "boolean") checkBoolean(where, value);
    else if (typeof value !== "function") checkNumber(where, interval, value);
    else if (isClass(value)) throw wrongKind(where, `a number in ${interval} or a schedule`, value);
  }

  #store(name: string, value: number | boolean | Schedule): void {
    if (this.#scheduled(name)) this.#schedules = this.#schedules.filter((scheduled) => scheduled.name !== name);
    if (typeof value === "function") {
      const interval = (this.#spec.hyper[name] as Quantity)[1];
      this.#schedules = [...this.#schedules, { name, schedule: value, interval, next: 0 }];
    } else {
      (this.values as Record<string, number | boolean>)[name] = value;
    }
  }

  /** Throws unless the value may be set after construction. Groups that inherit it have the same state, and so pass the same check. */
  #admit(name: string, value: unknown): asserts value is number | boolean | Schedule {
    const { hyper, state } = this.#spec;
    const where = `${this.#where}: ${name}`;
    if (hyper[name]?.[2] === "fixed")
      throw new TypeError(`${where} is read at construction; it cannot be set later, got ${show(value)}`);
    this.#check(name, value);
    if (typeof value === "number") this.#admitOrder(name, value);
    for (const [slot, layout] of Object.entries(state)) {
      if (typeof layout === "object" && layout.needs === name && value !== 0 && !this.slots.includes(slot)) {
        throw wrongKind(`${where} was 0 at construction, so there is no state.${slot};`, "0", value);
      }
    }
  }

  #inherit(name: string, value: number | boolean | Schedule): void {
    this.#store(name, value);
    for (const child of this.#children) if (!child.#own.has(name)) child.#inherit(name, value);
  }
}
