// What a view of the playground is, and what the playground gives it.
import type { State } from "./state.js";

export type Locale = "en" | "ko";

export interface Mounted {
  destroy(): void;
}

/** Mounts something that stands alone on a page. `state` is a text as `format` of state.ts writes it. */
export type Mount = (
  element: HTMLElement,
  options: { readonly locale: Locale; readonly state?: string },
) => Mounted | Promise<Mounted>;

/** The playground around a view: the state that all views share. */
export interface Shell {
  readonly locale: Locale;
  /** The current state. Read it anew after each change; do not change it. */
  readonly state: Readonly<State>;
  /** Changes parts of the state. Checks nothing. Calls all listeners. */
  change(patch: Partial<State>): void;
  /** Sets one setting; undefined removes it. */
  set(name: string, value: string | undefined): void;
  /** Calls `listener` after each change with what changed, until the returned function is called. */
  onChange(listener: (patch: Partial<State>) => void): () => void;
}

/** A view's folder has `mount.ts`, which exports `mount` of this type. */
export type MountView = (element: HTMLElement, shell: Shell) => Mounted | Promise<Mounted>;
