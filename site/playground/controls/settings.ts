// Controls of settings: κ, noise, batch size, seed.
import { batchSize, seedOf } from "../racers.js";
import { numberSetting } from "../settings.js";
import { surfaceOf, surfaceSettings } from "../surfaces.js";
import type { Shell } from "../view.js";
import { numberControl } from "./control.js";
import type { Part } from "./features.js";
import { outside, type Range, rangeText } from "./range.js";
import { integers, type Scale, scaleOf } from "./scale.js";
import { strings } from "./strings.js";

/** A setting: its value in the current state, and the scale and range of its control. */
interface Entry {
  readonly read: () => number;
  readonly scale: Scale;
  readonly range?: Range;
}

/** The names of settings that change what racers see on the current surface. */
export function settingNames({ state }: Shell): string[] {
  const surface = surfaceOf(state.surface, state.settings);
  const own = Object.entries(surfaceSettings).filter(([, { on }]) => on === state.surface);
  const names = own.map(([name]) => name);
  if (surface.examples) names.push("batch");
  if (surface.examples || surface.noise) names.push("seed");
  return names;
}

function entryOf(shell: Shell, name: string): Entry | undefined {
  const surface = () => surfaceOf(shell.state.surface, shell.state.settings);
  const { examples } = surface();
  if (name === "batch" && examples) {
    return { read: () => batchSize(surface(), shell.state.settings), scale: integers(1, examples), range: [1, examples] };
  }
  if (name === "seed") return { read: () => seedOf(shell.state.settings), scale: integers(0, 99) };
  if (name !== "kappa" && name !== "noise") return undefined;
  const { fallback, min, max } = surfaceSettings[name];
  const read = () => numberSetting(shell.state.settings, name, fallback, min, max);
  return { read, scale: name === "kappa" ? integers(min, max) : scaleOf("[0,inf)", fallback), range: [min, max] };
}

/** The control of a setting by name. Undefined where the setting has no effect on the current surface. */
export function controlOf(shell: Shell, name: string): Part | undefined {
  const entry = entryOf(shell, name);
  if (!entry) return undefined;
  const { range } = entry;
  const control = numberControl({
    label: strings[shell.locale].settings[name as keyof (typeof strings)["en"]["settings"]],
    value: entry.read(),
    scale: entry.scale,
    note: range && rangeText(range),
    onInput(value) {
      const wrong = range && outside(shell.locale, range, value);
      if (wrong === undefined) shell.set(name, String(value));
      return wrong;
    },
  });
  return { element: control.element, refresh: () => control.set(entry.read()) };
}
