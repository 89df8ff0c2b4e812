// The range of a number that the visitor enters.
import type { Locale } from "../view.js";
import { strings } from "./strings.js";

export type Range = readonly [min: number, max: number];

export const rangeText = ([min, max]: Range): string => `${min} … ${max}`.replace("-", "−");

/** What is wrong with a number; undefined if nothing is. */
export const outside = (locale: Locale, range: Range, value: number): string | undefined =>
  value >= range[0] && value <= range[1] ? undefined : strings[locale].outside(rangeText(range));
