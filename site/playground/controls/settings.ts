// Controls of settings: κ, noise, batch size, seed.
import { batchSize, seedOf } from "../racers.js";
import { numberSetting } from "../settings.js";
import { surfaceOf, surfaceSettings } from "../surfaces.js";
import type { Shell } from "../view.js";
import { type Control, numberControl } from "./control.js";
import { integers, type Scale, scaleOf } from "./scale.js";
import { strings } from "./strings.js";

/** A control of a setting. Undefined where the setting has no effect on the current surface. */
function settingControl(shell: Shell, name: string, label: string, value: number, scale: Scale, note?: string): Control<number> {
  return numberControl({
    label,
    value,
    scale,
    note,
    onInput(next) {
      shell.set(name, String(next));
      return undefined;
    },
  });
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

/** The control of a setting by name. */
export function controlOf(shell: Shell, name: string): Control<number> | undefined {
  const { state, locale } = shell;
  const texts = strings[locale].settings;
  const surface = surfaceOf(state.surface, state.settings);
  if (name === "batch" && surface.examples) {
    const { examples } = surface;
    return settingControl(shell, name, texts.batch, batchSize(surface, state.settings), integers(1, examples), `1 … ${examples}`);
  }
  if (name === "seed") return settingControl(shell, name, texts.seed, seedOf(state.settings), integers(0, 99));
  if (name !== "kappa" && name !== "noise") return undefined;
  const { fallback, min, max } = surfaceSettings[name];
  const value = numberSetting(state.settings, name, fallback, min, max);
  const scale = name === "kappa" ? integers(min, max) : scaleOf("[0,inf)", fallback);
  return settingControl(shell, name, texts[name], value, scale, `${min} … ${max}`);
}
