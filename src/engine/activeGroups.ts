import type { GroupLayout, Run } from "./groupLayout.js";

/** The groups of an optimizer. Steps change the active ones, which are not frozen. */
export class ActiveGroups {
  /** All groups. First the group of all parameters outside `groups`. */
  readonly all: readonly GroupLayout[];
  /** The runs of all groups. */
  readonly allRuns: readonly Run[];
  // Of the active groups. Cleared when `frozen` of a group changes.
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

  /** The runs of the active groups. */
  get runs(): readonly Run[] {
    return (this.#active ?? this.#select()).runs;
  }

  /** The tensors of the active groups. */
  get tensors(): readonly Run[] {
    return (this.#active ?? this.#select()).tensors;
  }

  /** The names of the parameters of the active groups. */
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
