// A training loss along x, and a test loss that is the same curve, shifted.
import { numberSetting, type State } from "../../playground/state.js";
import { surfaceOf } from "../../playground/surfaces.js";

/** Shifts that the slider offers, to the left and to the right. */
export const mostShift = 0.6;

export const shiftOf = ({ settings }: State): number => numberSetting(settings, "shift", 0.3, -mostShift, mostShift);

/** The two losses of a shift, as functions of x. */
export function lossesOf(state: State, shift: number) {
  const surface = surfaceOf(state.surface, state.settings);
  const training = (x: number) => surface.value(x, 0);
  return { training, test: (x: number) => training(x - shift), minima: surface.minima.map(([x]) => x), bounds: surface.bounds };
}
