// The state that views share, and the listeners to its changes.
import type { State } from "./state.js";
import type { Locale, Shell } from "./view.js";

export function makeShell(locale: Locale, initial: State): Shell {
  let state = initial;
  const listeners = new Set<(patch: Partial<State>) => void>();
  const change = (patch: Partial<State>) => {
    state = { ...state, ...patch };
    for (const listener of [...listeners]) listener(patch);
  };
  return {
    locale,
    get state() {
      return state;
    },
    change,
    set(name, value) {
      const settings = new Map(state.settings);
      if (value === undefined) settings.delete(name);
      else settings.set(name, value);
      change({ settings });
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
