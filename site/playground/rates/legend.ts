// What the colours of a rate map mean.
import { css, entry, stripes } from "../cells/legend.js";
import type { Locale } from "../view.js";
import { type Palette, shade, worse } from "./picture.js";
import { strings } from "./strings.js";

export function legendOf(palette: Palette, locale: Locale): HTMLElement[] {
  const texts = strings[locale];
  const [strong, pale] = [1, 0].map((strength) => css(shade(strength, palette)));
  return [
    entry(`linear-gradient(90deg, ${strong}, ${pale})`, `${texts.low} … ${texts.high}`),
    entry(css(worse(palette)), texts.above),
    entry(stripes(palette.lost), texts.lostLegend),
  ];
}
