import { engine, type Tensor, type Variable } from "@tensorflow/tfjs-core";
import { show, wrongValue } from "../../checks/errors.js";
import type { GroupProgress } from "../../engine/group.js";
import type { Optimizer } from "../../engine/optimizer.js";
import type { ForeignMemory } from "../../memory/foreign.js";
import type { Shape } from "../../numerics/shape.js";
import { copying } from "./copying.js";
import { type Build, type Gradients, type Host, registered, type Variables } from "./host.js";
import { inPlace } from "./inPlace.js";
import type { Saved, SavedVariable } from "./saved.js";

/** A variable, its gradient in the step at hand, if it has one, and what is known of it. */
export interface Member {
  readonly variable: Variable;
  readonly gradient: Tensor | undefined;
  readonly saved: SavedVariable | undefined;
  /** Index among the groups of the caller, 0 for none. */
  readonly group: number;
}

/** Variables of one group that have had, or not had, a gradient in the same steps: a group of the engine. */
export interface Cohort {
  readonly names: string[];
  readonly group: number;
  readonly progress: GroupProgress | undefined;
  readonly present: boolean;
}

/** Makes an engine of variables of these shapes, with a group for each cohort. */
export interface Maker {
  make(shapes: Readonly<Record<string, Shape>>, cohorts: readonly Cohort[], memory: ForeignMemory | undefined): Optimizer;
  /** Whether steps write into gradients. */
  readonly writesGradients: boolean;
}

function partition(members: ReadonlyMap<string, Member>): Cohort[] {
  const cohorts: Cohort[] = [];
  const idle = [...members.values()].every(({ gradient }) => gradient === undefined);
  for (const [name, { gradient, saved, group }] of members) {
    const present = idle || gradient !== undefined;
    const same = (other: Cohort) => other.group === group && other.progress === saved?.progress && other.present === present;
    const cohort = cohorts.find(same);
    if (cohort) cohort.names.push(name);
    else cohorts.push({ names: [name], group, progress: saved?.progress, present });
  }
  return cohorts.sort((a, b) => a.group - b.group);
}

/** The slots of what is known of a variable: the state of the rule, and the copies that the engine keeps. */
function arraysOf(optimizer: Optimizer, name: string, slots: readonly string[]): Map<string, Float32Array> {
  const { state, average, slow } = optimizer;
  const blocks = [...slots.map((slot) => [slot, state[slot]] as const), ["average", average] as const, ["slow", slow] as const];
  return new Map(blocks.flatMap(([slot, block]) => (block?.[name] ? [[slot, block[name] as Float32Array] as const] : [])));
}

/** An engine at work on variables. Those that a step leaves alone are frozen in it: steps of a variable are those with its gradient. */
export class Live {
  readonly optimizer: Optimizer;
  readonly #backend = engine().backend;
  readonly #shapes: ReadonlyMap<string, string>;
  readonly #host: Host;
  /** The variables of each group of the engine. */
  readonly cohorts: readonly Cohort[];

  constructor(members: ReadonlyMap<string, Member>, { t, gradients: progress }: Saved, { make, writesGradients }: Maker) {
    this.#shapes = new Map(Array.from(members, ([name, { variable }]) => [name, String(variable.shape)]));
    this.cohorts = partition(members);
    const shapes = Object.create(null) as Record<string, Shape>;
    const variables = new Map<string, Variable>();
    const gradients = new Map<string, Tensor>();
    for (const [name, { variable, gradient }] of members) {
      shapes[name] = variable.rank === 0 ? [1] : variable.shape;
      variables.set(name, variable);
      if (gradient) gradients.set(name, gradient);
    }
    const build: Build = (memory) => make(shapes, this.cohorts, memory);
    this.#host = inPlace(build, variables, gradients, writesGradients) ?? copying(build);
    this.optimizer = this.#host.optimizer;

    for (const [name, { saved, variable }] of members) if (saved) this.#load(name, saved, variable);
    const [rest, ...initial] = this.optimizer.progress.groups as [GroupProgress, ...GroupProgress[]];
    const groups = this.cohorts.map(({ progress }, i) => progress ?? (initial[i] as GroupProgress));
    this.optimizer.progress = { t, accumulated: 0, groups: [rest, ...groups], gradients: progress };
  }

  /** The names of its variables. */
  get names(): string[] {
    return [...this.#shapes.keys()];
  }

  get #slots(): string[] {
    return Object.keys(this.optimizer.spec.state);
  }

  /** The numbers that the rule carries, of the first variables. */
  get carry(): Optimizer["carry"] {
    return this.optimizer.groups[0]?.carry ?? this.optimizer.carry;
  }

  /** The groups of the caller. Where variables have parted, all cohorts. */
  get groups(): Optimizer["groups"] {
    const parted = !this.cohorts.every(({ present }) => present) || this.cohorts.filter(({ group }) => group === 0).length > 1;
    return parted ? this.optimizer.groups : this.optimizer.groups.filter((_, i) => this.cohorts[i]?.group !== 0);
  }

  /** Whether it can do a step with these gradients: of its variables, which are still there, and of all or none of a cohort. */
  holds(gradients: Gradients): boolean {
    if (engine().backend !== this.#backend) return false;
    for (const [name, shape] of this.#shapes) {
      const variable = registered(name);
      if (!variable || String(variable.shape) !== shape) return false;
    }
    for (const name of gradients.keys()) if (!this.#shapes.has(name)) return false;
    if (gradients.size === this.#shapes.size) return true;
    return this.cohorts.every(({ names }) => {
      const present = names.filter((name) => gradients.has(name)).length;
      return present === names.length || present === 0;
    });
  }

  /** Has the engine take in these gradients, and leave variables without one alone. */
  take(gradients: Gradients, act: (optimizer: Optimizer) => void): void {
    const { groups } = this.optimizer;
    const idle = groups.filter((group, i) => !group.frozen && !gradients.has(this.cohorts[i]?.names[0] as string));
    for (const group of idle) group.frozen = true;
    try {
      this.#host.run(this.#variables(gradients.keys()), gradients, act);
    } finally {
      for (const group of idle) group.frozen = false;
    }
  }

  /** Has the engine change parameters, of all variables that are still there, without gradients. */
  change(act: (optimizer: Optimizer) => void): void {
    this.#host.run(this.#variables(this.#shapes.keys()), new Map(), act);
  }

  /** A copy of what it knows. */
  save(): Saved {
    const { t, groups, gradients } = this.optimizer.progress;
    const variables = this.cohorts.flatMap(({ names }, i) => {
      const progress = groups[i + 1] as GroupProgress;
      return names.map((name): [string, SavedVariable] => {
        const arrays = Array.from(arraysOf(this.optimizer, name, this.#slots), ([slot, array]) => [slot, array.slice()] as const);
        const shape = (this.#shapes.get(name) ?? "").split(",").filter(Boolean).map(Number);
        return [name, { shape, progress, arrays: new Map(arrays) }];
      });
    });
    return { t, gradients, variables: new Map(variables) };
  }

  dispose(): void {
    this.#host.dispose();
    this.optimizer.dispose();
  }

  #load(name: string, { arrays }: SavedVariable, variable: Variable): void {
    // Lookahead begins at the first step, which was without it.
    if (!arrays.has("slow")) this.optimizer.slow?.[name]?.set(variable.dataSync());
    for (const [slot, array] of arraysOf(this.optimizer, name, this.#slots)) {
      const saved = arrays.get(slot);
      if (saved && saved.length !== array.length) {
        this.dispose();
        const what = `${array.length} elements in ${show(`${name}/${slot}`)}`;
        throw wrongValue(`${this.optimizer.spec.name}: the state that was loaded`, what, saved.length);
      }
      if (saved) array.set(saved);
    }
  }

  #variables(names: Iterable<string>): Variables {
    const there = Array.from(names, (name) => [name, registered(name)] as const);
    const same = (name: string, variable: Variable | undefined) => String(variable?.shape) === this.#shapes.get(name);
    return new Map(there.flatMap(([name, variable]) => (variable && same(name, variable) ? [[name, variable] as const] : [])));
  }
}
