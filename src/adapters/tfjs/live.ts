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

/** A variable, its gradient in this step, and its saved state. */
export interface Member {
  readonly variable: Variable;
  readonly gradient: Tensor | undefined;
  readonly saved: SavedVariable | undefined;
  /** Index among the caller's groups, from 1; 0 for none. */
  readonly group: number;
}

/** Variables of one group that had gradients in the same steps. Each cohort is a group of the engine. */
export interface Cohort {
  readonly names: string[];
  readonly group: number;
  readonly progress: GroupProgress | undefined;
  readonly present: boolean;
}

/** Makes an engine for variables of these shapes, with a group for each cohort. */
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

/** A variable's arrays by slot: the rule's state, and the engine's `average` and `slow`. */
function arraysOf(optimizer: Optimizer, name: string, slots: readonly string[]): Map<string, Float32Array> {
  const { state, average, slow } = optimizer;
  const blocks = [...slots.map((slot) => [slot, state[slot]] as const), ["average", average] as const, ["slow", slow] as const];
  return new Map(blocks.flatMap(([slot, block]) => (block?.[name] ? [[slot, block[name] as Float32Array] as const] : [])));
}

/** An engine and its variables. Variables without a gradient are frozen for the step, so that their count of steps stays. */
export class Live {
  readonly optimizer: Optimizer;
  readonly #backend = engine().backend;
  readonly #shapes: ReadonlyMap<string, string>;
  readonly #host: Host;
  /** One for each group of the engine. */
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

  /** The variables' names. */
  get names(): string[] {
    return [...this.#shapes.keys()];
  }

  get #slots(): string[] {
    return Object.keys(this.optimizer.spec.state);
  }

  /** The rule's carried numbers, of the first group. */
  get carry(): Optimizer["carry"] {
    return this.optimizer.groups[0]?.carry ?? this.optimizer.carry;
  }

  /** The caller's groups. If variables of a group had gradients in different steps: all cohorts. */
  get groups(): Optimizer["groups"] {
    const split = !this.cohorts.every(({ present }) => present) || this.cohorts.filter(({ group }) => group === 0).length > 1;
    return split ? this.optimizer.groups : this.optimizer.groups.filter((_, i) => this.cohorts[i]?.group !== 0);
  }

  /** Whether this engine can step with these gradients. Its variables must still exist, and each cohort must have all gradients or none. */
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

  /** Runs `act` with these gradients. Variables without a gradient stay unchanged. */
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

  /** Runs `act` without gradients on all variables that still exist. */
  change(act: (optimizer: Optimizer) => void): void {
    this.#host.run(this.#variables(this.#shapes.keys()), new Map(), act);
  }

  /** A copy of the state. */
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
    // The saved steps were without Lookahead: its slow weights start at the variable.
    if (!arrays.has("slow")) this.optimizer.slow?.[name]?.set(variable.dataSync());
    for (const [slot, array] of arraysOf(this.optimizer, name, this.#slots)) {
      const saved = arrays.get(slot);
      if (saved && saved.length !== array.length) {
        this.dispose();
        const what = `${array.length} elements in ${show(`${name}/${slot}`)}`;
        throw wrongValue(`${this.optimizer.spec.name}: the loaded state`, what, saved.length);
      }
      if (saved) array.set(saved);
    }
  }

  #variables(names: Iterable<string>): Variables {
    const found = Array.from(names, (name) => [name, registered(name)] as const);
    const same = (name: string, variable: Variable | undefined) => String(variable?.shape) === this.#shapes.get(name);
    return new Map(found.flatMap(([name, variable]) => (variable && same(name, variable) ? [[name, variable] as const] : [])));
  }
}
