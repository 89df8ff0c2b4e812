// All surfaces of the playground by name.
import { numberSetting, type Settings } from "./settings.js";
import { beale, bowl, himmelblau, noisyBowl, ravine, rosenbrock, saddle } from "./surfaces/classic.js";
import { classification, regression } from "./surfaces/flowers.js";
import type { Surface } from "./surfaces/surface.js";
import { plateau, ripples, wells } from "./surfaces/wells.js";

export type { Point, Surface } from "./surfaces/surface.js";

/** The defaults and ranges of the settings that change a surface. */
export const surfaceSettings = {
  kappa: { on: "kappa", fallback: 100, min: 1, max: 1e4 },
  noise: { on: "noisy", fallback: 1, min: 0, max: 100 },
} as const;

export const surfaces = {
  bowl,
  kappa: ravine(surfaceSettings.kappa.fallback),
  rosenbrock,
  beale,
  himmelblau,
  saddle,
  plateau,
  wells,
  ripples,
  noisy: noisyBowl(surfaceSettings.noise.fallback),
  regression,
  classification,
} satisfies { readonly [name: string]: Surface };

export type SurfaceName = keyof typeof surfaces;

export const surfaceNames = Object.keys(surfaces) as SurfaceName[];

/** A maker that returns the same surface for the same number, so that caches by surface work. */
function once(make: (value: number) => Surface): (value: number) => Surface {
  const made = new Map<number, Surface>();
  return (value) => {
    const surface = made.get(value) ?? make(value);
    made.set(value, surface);
    return surface;
  };
}

const makers: { readonly [name: string]: (value: number) => Surface } = { kappa: once(ravine), noise: once(noisyBowl) };

/** The surface of a name with its settings: `kappa` from 1 to 10⁴, `noise` from 0 to 100. */
export function surfaceOf(name: SurfaceName, settings: Settings): Surface {
  for (const [setting, { on, fallback, min, max }] of Object.entries(surfaceSettings)) {
    if (on === name) return makers[setting](numberSetting(settings, setting, fallback, min, max));
  }
  return surfaces[name];
}
