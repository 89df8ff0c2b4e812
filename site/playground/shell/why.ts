// Two sentences on what a view, or a surface, shows, and the learn page that explains it.
import { element } from "../controls/control.js";
import type { View } from "../state.js";
import type { SurfaceName } from "../surfaces.js";
import type { Locale } from "../view.js";
import { strings } from "./strings.js";
import { type Topic, topicPages } from "./topics.js";

/** The path of a page of the site in a language. */
export const pathOf = (page: string, locale: Locale): string =>
  `${import.meta.env.BASE_URL}${locale === "ko" ? "ko/" : ""}${page}`;

export function whyOf(view: View, surface: SurfaceName, locale: Locale): HTMLElement {
  const topic: Topic = view === "race" ? surface : view;
  const texts = strings[locale];
  const link = element("a", { href: pathOf(`learn/${topicPages[topic]}`, locale) }, texts.learn);
  return element("p", {}, texts.reasons[topic], " ", link);
}
