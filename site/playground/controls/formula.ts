import { short } from "../draw/numbers.js";

/** The formula with the numbers of the hyper-parameters in place of their names. */
export function withNumbers(formula: string, values: Readonly<Record<string, number | boolean>>): string {
  const names = Object.keys(values).filter((name) => typeof values[name] === "number");
  if (names.length === 0) return formula;
  // A name before a colon is prose: "with momentum: …".
  const pattern = new RegExp(`\\b(?:${names.join("|")})\\b(?!:)`, "g");
  return formula.replace(pattern, (name) => short(values[name] as number));
}
