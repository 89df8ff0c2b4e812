// Two sentences on what a view, or a surface, shows, and the learn page that explains it.
import { element } from "../controls/control.js";
import type { View } from "../state.js";
import type { SurfaceName } from "../surfaces.js";
import type { Locale } from "../view.js";
import { strings } from "./strings.js";

type Topic = SurfaceName | Exclude<View, "race">;

/** The learn page of each topic. */
const pages: { readonly [topic in Topic]: string } = {
  bowl: "descent",
  kappa: "momentum",
  rosenbrock: "momentum",
  beale: "adagrad",
  himmelblau: "minima",
  saddle: "minima",
  plateau: "rmsprop",
  wells: "flat",
  ripples: "minima",
  noisy: "decay",
  regression: "batches",
  classification: "batches",
  swarm: "minima",
  basins: "minima",
  rates: "descent",
  training: "which",
  flat: "flat",
};

/** The path of a page of the site in a language. */
export const pathOf = (page: string, locale: Locale): string =>
  `${import.meta.env.BASE_URL}${locale === "ko" ? "ko/" : ""}${page}`;

export function whyOf(view: View, surface: SurfaceName, locale: Locale): HTMLElement {
  const topic: Topic = view === "race" ? surface : view;
  const texts = strings[locale];
  const link = element("a", { href: pathOf(`learn/${pages[topic]}`, locale) }, texts.learn);
  return element("p", {}, texts.reasons[topic], " ", link);
}
