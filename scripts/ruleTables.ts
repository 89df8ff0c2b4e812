// The rules as tables and sections, from their specs and comments.
import { slotLength } from "../src/engine/slots.js";
import type { Hyper, Slot, Spec } from "../src/engine/spec.js";
import { rules } from "../src/index.js";
import { ruleDocs } from "./ruleDocs.js";
import { ruleSummaries } from "./ruleSummaries.js";

const specs = Object.values(rules).map(({ spec }) => spec as unknown as Spec);

/** A text as part of a table. */
export const bars = (text: string) => text.replaceAll("|", "\\|");
/** A line of a table. */
export const row = (cells: readonly string[]) => `| ${cells.map(bars).join(" | ")} |`;

const matrix = [1000, 1000];
const elements = 1e6;

export type SlotLayout = Exclude<Slot, string>;

/** The state arrays of a rule. */
export const slots = ({ state }: Spec): [name: string, layout: SlotLayout][] =>
  Object.entries(state).map(([name, slot]) => [name, typeof slot === "object" ? slot : { torch: slot }]);

/** Floats of state per parameter of a large matrix. */
export function floats(spec: Spec): string {
  const share = (floats: number) => floats / elements;
  const always = slots(spec).reduce((sum, [, slot]) => sum + (slot.needs ? 0 : share(slotLength(slot, matrix))), 0);
  const optional = slots(spec).flatMap(([, { needs }]) => (needs ? [`1 with \`${needs}\``] : []));
  const room = spec.scratch ? [`${Number(share(spec.scratch(matrix)).toPrecision(1))} of the largest tensor`] : [];
  return [String(Number(always.toPrecision(2))), ...optional, ...room].join(" + ");
}

/** The paper of a rule, as a link. */
export function paper(spec: Spec): string {
  const [name, address] = ruleDocs(spec.name).paper.split(", http");
  return `[${name}](http${address})`;
}

/** The table of README.md. */
export function ruleTable(): string {
  const rows = specs.map((spec) =>
    row([`\`${spec.name}\``, ruleSummaries[spec.name as keyof typeof rules], floats(spec), paper(spec)]),
  );
  return [row(["rule", "what it does", "state", "paper"]), "|---|---|---|---|", ...rows].join("\n");
}

/** A number as text, with an exponent if it is very small or large. */
export const number = (x: number) =>
  x !== 0 && (Math.abs(x) < 1e-3 || Math.abs(x) >= 1e6) ? x.toExponential().replace("+", "") : String(x);

function option(name: string, [value, interval, fixed]: Hyper, meaning: string): string {
  const initial = `\`${typeof value === "number" ? number(value) : value}\``;
  const range = interval === "boolean" ? "true, false" : interval.replace("inf", "∞");
  return row([`\`${name}\``, initial, range, meaning + (fixed ? " Fixed." : "")]);
}

function stateLine(spec: Spec): string {
  const list = slots(spec).map(([name, { torch, needs, start }]) => {
    const remarks = [`\`${torch}\``, ...(needs ? [`only with \`${needs}\``] : []), ...(start ? [`starts at \`${start}\``] : [])];
    return `\`${name}\` (${remarks.join(", ")})`;
  });
  const carried = Object.keys(spec.carry ?? {}).map((name) => `\`${name}\``);
  const state = list.length > 0 ? `State: ${list.join(", ")}; floats per parameter: ${floats(spec)}.` : "No state.";
  return carried.length > 0 ? `${state} \`opt.carry\`: ${carried.join(", ")}.` : state;
}

function section(spec: Spec): string {
  const { formula, text, meanings } = ruleDocs(spec.name);
  const lines = formula.replaceAll("; ", "\n").replaceAll(". ", "\n");
  const options = Object.entries(spec.hyper).map(([name, hyper]) => option(name, hyper, meanings[name]));
  const table = [row(["option", "default", "interval", "meaning"]), "|---|---|---|---|", ...options].join("\n");
  return [`### ${spec.name}`, `${paper(spec)}. ${text}`, `\`\`\`text\n${lines}\n\`\`\``, stateLine(spec), table].join("\n\n");
}

/** The sections of docs/rules.md, one for each rule. */
export const ruleSections = () => specs.map(section).join("\n\n");
