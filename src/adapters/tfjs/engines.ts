import { engine, type Variable } from "@tensorflow/tfjs-core";
import { show, wrongValue } from "../../checks/errors.js";
import { Optimizer } from "../../engine/optimizer.js";
import type { Options } from "../../engine/options.js";
import { assignGroups, readMemory } from "../../engine/readOptions.js";
import type { Hypers, Slots, Spec } from "../../engine/spec.js";
import { instantiate } from "../../kernels/wasm.js";
import type { Tensor } from "../../memory/parameters.js";
import { isShared } from "../../memory/wasmMemory.js";
import { type Gradients, registered } from "./host.js";
import { type Cohort, Live, type Maker, type Member } from "./live.js";
import type { TfjsSettings } from "./options.js";
import { claim, nothing, recognize, type Saved } from "./saved.js";

/** The engine of one optimizer. A new one replaces it when variables are added or change their shape or backend. */
export class Engines<H extends Hypers, S extends Slots> {
  readonly #spec: Spec<H, S>;
  readonly #settings: TfjsSettings<H, S>;
  readonly #maker: Maker;
  readonly #seen = new Map<string, Tensor>();
  // Whether each of the caller's groups is frozen; empty before the first engine.
  #frozen: boolean[] = [];
  #live: Live | undefined;
  // Loaded state of variables that had no gradient yet.
  #waiting: Saved = nothing;

  constructor(spec: Spec<H, S>, settings: TfjsSettings<H, S>) {
    this.#spec = spec;
    this.#settings = settings;
    const make: Maker["make"] = (shapes, cohorts, memory) => this.#make(shapes, cohorts, memory);
    this.#maker = { make, writesGradients: settings.writesGrads };
  }

  /** The engine of the last step; undefined before the first. */
  get live(): Live | undefined {
    return this.#live;
  }

  /** Loaded state of variables that had no gradient yet. */
  get waiting(): Saved {
    return this.#waiting;
  }

  /** Whether each of the caller's groups is frozen; empty before the first engine. */
  get frozen(): readonly boolean[] {
    const live = this.#live;
    if (!live) return this.#frozen;
    this.#frozen = this.#settings.groups.map(({ frozen }, i) => this.#frozen[i] ?? frozen);
    for (const [i, { group }] of live.cohorts.entries())
      if (group > 0) this.#frozen[group - 1] = live.optimizer.groups[i]?.frozen ?? false;
    return this.#frozen;
  }

  /** The engine for a step with these gradients. `added` has the variables of the accumulated gradients. */
  find(gradients: Gradients, added: readonly string[] | undefined): Live {
    const live = this.#live;
    const same = !added || (added.length === gradients.size && added.every((name) => gradients.has(name)));
    if (same && live?.holds(gradients)) return live;
    const names = new Set(live?.names.filter((name) => registered(name)));
    const fresh = [...gradients.keys()].filter((name) => !names.has(name));
    for (const name of fresh) names.add(name);
    const { variables } = this.#waiting;
    const claims = claim(fresh, new Set(variables.keys()));
    if (!live && variables.size > 0 && claims.size === 0) {
      const loaded = [...variables.keys()].map(show).join(", ");
      throw new Error(`${this.#spec.name}: the loaded state expected variables ${loaded}, got ${fresh.map(show).join(", ")}`);
    }
    return this.#renew(names, gradients, claims, added !== undefined);
  }

  /** Gives loaded state to variables for `eval()`, if they had no gradient yet. */
  findWaiting(): void {
    const { name, evaluate } = this.#spec;
    const { ema, swa, lookahead } = this.#settings.epilogue;
    const { t, variables } = this.#waiting;
    if (t === 0 || variables.size === 0 || this.#live?.optimizer.evaluating || !(evaluate || ema || swa || lookahead)) return;
    const names = this.#live?.names.filter((name) => registered(name)) ?? [];
    const others = Object.values(engine().registeredVariables).filter(({ dtype, size }) => dtype === "float32" && size > 0);
    const candidates = others.map(({ name }) => name).filter((name) => !names.includes(name));
    const { claims, unclear } = recognize(candidates, variables.keys());
    if (unclear.length > 0 || (!this.#live && claims.size === 0)) {
      const loaded = (unclear.length > 0 ? unclear : [...variables.keys()]).map(show).join(", ");
      throw new Error(
        `${name}: eval() expected a step first: it is unclear which variables belong to the loaded state of ${loaded}`,
      );
    }
    // The evaluation weights may depend on a schedule's number, which is unknown before a step.
    const { settings } = this.#settings.defaults;
    if (evaluate && Object.entries(settings).some(([option, value]) => option !== "lr" && typeof value === "function"))
      throw new Error(`${name}: eval() expected a step first: the schedules have no numbers yet`);
    if (claims.size > 0) this.#renew(new Set([...names, ...claims.keys()]), new Map(), claims, false);
  }

  /** The state of all variables. */
  save(): Saved {
    const saved = this.#live?.save();
    if (!saved) return this.#waiting;
    return { ...saved, variables: new Map([...this.#waiting.variables, ...saved.variables]) };
  }

  /** Continues from a saved state. */
  load(saved: Saved): void {
    this.#forget();
    this.#waiting = saved;
  }

  dispose(): void {
    this.#forget();
    this.#waiting = nothing;
  }

  #forget(): void {
    this.#frozen = [...this.frozen];
    this.#live?.dispose();
    this.#live = undefined;
  }

  /** A new engine for these variables. `claims` has the saved names of those that continue from loaded state. */
  #renew(names: ReadonlySet<string>, gradients: Gradients, claims: ReadonlyMap<string, string>, accumulating: boolean): Live {
    const live = this.#live;
    if (accumulating || live?.optimizer.shifted) {
      const option = accumulating ? "accumulate" : "sam";
      throw new Error(`${this.#spec.name}: ${option} expected all gradients of a step to be of the same variables and backend`);
    }
    const current = live?.save() ?? nothing;
    const groups = this.#groupsOf(names);
    const members = new Map<string, Member>();
    for (const name of names) {
      const variable = registered(name) as Variable;
      const saved = current.variables.get(name) ?? this.#waiting.variables.get(claims.get(name) ?? "");
      if (saved && String(saved.shape) !== String(variable.shape)) {
        const where = `${this.#spec.name}: the variable ${show(name)}`;
        throw wrongValue(where, `shape [${saved.shape}], as in its state`, variable.shape);
      }
      members.set(name, { variable, gradient: gradients.get(name), saved, group: groups.get(name) ?? 0 });
    }
    this.#frozen = [...this.frozen];
    const next = new Live(members, live ? current : this.#waiting, this.#maker);
    live?.dispose();
    this.#live = next;
    const left = new Map(this.#waiting.variables);
    for (const name of claims.values()) left.delete(name);
    this.#waiting = { ...this.#waiting, variables: left };
    return next;
  }

  /** The index of each variable's group among the caller's, from 1; 0 for none. */
  #groupsOf(names: Iterable<string>): Map<string, number> {
    const seen = new Map(this.#seen);
    for (const name of names) {
      const { shape, size } = registered(name) as Variable;
      seen.set(name, { name, shape, length: size });
    }
    const members = assignGroups(this.#settings, [...seen.values()]);
    for (const [name, tensor] of seen) this.#seen.set(name, tensor);
    return new Map(members.flatMap(({ tensors }, i) => tensors.map(({ name }) => [name, i] as const)));
  }

  #make(...[shapes, cohorts, memory]: Parameters<Maker["make"]>): Optimizer {
    const settings = this.#settings;
    // Threads cannot access memory that is not shared.
    const pool = memory && !isShared(memory.options.memory) ? undefined : settings.pool;
    const membersOf = ({ names, group }: Cohort, tensors: readonly Tensor[]) => ({
      tensors: tensors.filter(({ name }) => names.includes(name)),
      hyper: settings.groups[group - 1]?.hyper ?? settings.defaults,
      frozen: this.#frozen[group - 1] ?? settings.groups[group - 1]?.frozen ?? false,
    });
    // Each cohort is a group, so the default group is empty.
    const rest = { tensors: [], hyper: settings.defaults, frozen: false };
    return new Optimizer<Record<string, readonly number[]>, H, S>(
      this.#spec,
      shapes,
      { memory } as Options<H>,
      instantiate,
      (_spec, _options, tensors) => ({
        settings: { ...settings, pool, memory: readMemory(this.#spec.name, memory) },
        members: [rest, ...cohorts.map((cohort) => membersOf(cohort, tensors))],
      }),
    );
  }
}
