// The name of each racer: its rule, and what tells it from racers of the same rule.
import type { RacerSetup } from "./state.js";

export function labelsOf(racers: readonly RacerSetup[]): string[] {
  return racers.map(({ rule, options }, i) => {
    const same = racers.filter((other) => other.rule === rule);
    if (same.length === 1) return rule;
    const names = new Set(same.flatMap((other) => Object.keys(other.options)));
    const differing = [...names].filter((name) => new Set(same.map((other) => other.options[name])).size > 1);
    const own = differing.filter((name) => options[name] !== undefined).map((name) => `${name} ${options[name]}`);
    return own.length > 0 ? `${rule}, ${own.join(", ")}` : `${rule} ${i + 1}`;
  });
}
