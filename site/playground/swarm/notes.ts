// What is to be said about the particles of a rule: how many, and why not more.
import { layoutOf, mostParticles } from "../particles/layout.js";
import type { Locale } from "../view.js";
import { strings } from "./strings.js";
import type { Lane, Swarm } from "./swarm.js";

/** The numbers of particles, the reasons of lower ones, and the library's errors. */
export function notesOf(
  { lanes, surface }: Pick<Swarm, "lanes" | "surface">,
  labels: readonly string[],
  locale: Locale,
): string[] {
  const texts = strings[locale];
  const number = (value: number) => value.toLocaleString(locale);
  const note = ({ setup, count, error }: Lane, i: number) => {
    if (error !== undefined) return `${labels[i]}: ${error}`;
    const { kind, because } = layoutOf(setup);
    const most = number(mostParticles[kind]);
    if (kind === "elements") return texts.count(labels[i], number(count));
    if (kind === "tensors") return texts.tensors(labels[i], most);
    return because === "rule" ? texts.optimizers(labels[i], most) : texts.option(labels[i], String(because), most);
  };
  return [...lanes.map(note), ...(surface.noise ? [texts.noise] : [])];
}
