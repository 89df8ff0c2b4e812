// What the colours of a basin picture mean.
import { css, entry, stripes } from "../cells/legend.js";
import { short } from "../draw/numbers.js";
import type { Surface } from "../surfaces.js";
import type { Locale } from "../view.js";
import { unfinished } from "./outcomes.js";
import { fillOf, type Palette } from "./picture.js";
import { strings } from "./strings.js";

/** More minima than this have no place in a legend, nor have their numbers in a picture. */
export const mostNamed = 8;

export function legendOf({ minima }: Surface, budget: number, palette: Palette, locale: Locale): HTMLElement[] {
  const texts = strings[locale];
  const named = minima.length > mostNamed ? [] : minima;
  const [fast, slow] = [0, budget].map((steps) => css(fillOf(0, steps, budget, palette).colour));
  return [
    ...named.map(([x, y], i) => entry(css(palette.minima[i]), texts.minimumAt(i + 1, short(x), short(y)))),
    entry(`linear-gradient(90deg, ${fast}, ${slow})`, `${texts.fast} … ${texts.slow}`),
    entry(css(fillOf(unfinished, 0, budget, palette).colour), texts.unfinished),
    entry(stripes(palette.diverged), texts.diverged),
  ];
}
