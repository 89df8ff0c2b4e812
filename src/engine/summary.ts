import { showNames } from "../checks/errors.js";
import { options } from "../checks/inspect.js";
import type { Group } from "./group.js";
import type { Spec } from "./spec.js";

type Named = { readonly [name: string]: unknown };

const settingsOf = ({ hyper, hyperParameters }: Group): Named => ({ ...hyper, decay: hyperParameters.decay });

const changed = (group: Group, before: Named) =>
  Object.entries(settingsOf(group)).filter(([name, value]) => value !== before[name]);

/** A line with the options that differ from the spec. For each group, a line with the options that differ from the first group. */
export function optionLines(
  { hyper, decay = "l2" }: Pick<Spec, "hyper" | "decay">,
  [first, ...groups]: readonly Group[],
  around: readonly (readonly [name: string, value: unknown])[],
): string[] {
  const defaults = first as Group;
  const initial = Object.fromEntries(Object.entries({ ...hyper, decay: [decay] }).map(([name, [value]]) => [name, value]));
  const own = options([...changed(defaults, initial), ...around], defaults.current);
  const lines = groups.map((group, i) => {
    const others = options(changed(group, settingsOf(defaults)), group.current);
    return [`groups[${i}]: ${showNames(group.names)}`, others, group.frozen && "frozen"].filter(Boolean).join("; ");
  });
  return own ? [`options: ${own}`, ...lines] : lines;
}
