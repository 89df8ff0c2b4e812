import type { GroupLayout, Run } from "./groupLayout.js";

/** The groups of an optimizer, and those that steps change: the ones that are not frozen. */
export class ActiveGroups {
  /** All groups; the one of all other parameters first. */
  readonly all: readonly GroupLayout[];
  /** The runs of all groups. */
  readonly allRuns: readonly Run[];
  // Of the groups that are not frozen, until one is frozen or thawed.
  #active: { readonly runs: readonly Run[]; readonly tensors: readonly Run[]; readonly names: readonly string[] } | undefined;

  constructor(layouts: readonly GroupLayout[]) {
    this.all = layouts;
    this.allRuns = layouts.flatMap(({ runs }) => runs);
    for (const { group } of layouts) {
      group.whenFrozen = () => {
        this.#active = undefined;
      };
    }
  }

  /** The runs that steps change. */
  get runs(): readonly Run[] {
    return (this.#active ?? this.#select()).runs;
  }

  /** The tensors that steps change. */
  get tensors(): readonly Run[] {
    return (this.#active ?? this.#select()).tensors;
  }

  /** The names of the parameters that steps change. */
  get names(): readonly string[] {
    return (this.#active ?? this.#select()).names;
  }

  #select() {
    const active = this.all.filter(({ group }) => !group.frozen);
    this.#active = {
      runs: active.flatMap(({ runs }) => runs),
      tensors: active.flatMap(({ tensors }) => tensors),
      names: active.flatMap(({ group }) => group.names),
    };
    return this.#active;
  }
}
