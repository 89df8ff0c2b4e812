// Writes the table of optimizers in README.md from the specs: npm run readme
import { readFileSync, writeFileSync } from "node:fs";
import type { Hyper, Spec } from "../src/define.js";
import { rules } from "../src/index.js";

const file = new URL("../README.md", import.meta.url);
const begin = "<!-- begin of the table: npm run readme -->";
const end = "<!-- end of the table -->";

export const readme = () => readFileSync(file, "utf8");

function option([name, [value, interval]]: [string, Hyper]): string {
  return `\`${name}\` = ${value}${interval === "boolean" ? "" : ` in ${interval.replace("inf", "∞")}`}`;
}

function floats(state: Spec["state"]): string {
  const slots = Object.values(state);
  const optional = slots.flatMap((slot) => (typeof slot === "object" && slot.needs ? [slot.needs] : []));
  return [String(slots.length - optional.length), ...optional.map((name) => `+1 with \`${name}\``)].join("<br>");
}

function paper(text: string): string {
  const [name, address] = text.split(", http");
  return `[${name}](http${address})`;
}

function row({ name, update, hyper, state, paper: source }: Spec): string {
  const sentences = update.replaceAll("; ", "<br>").replaceAll(". ", "<br>");
  return `| \`${name}\` | ${sentences} | ${Object.entries(hyper).map(option).join("<br>")} | ${floats(state)} | ${paper(source)} |`;
}

/** The README with its table made anew. */
export function withTable(text: string): string {
  const specs = Object.values(rules).map(({ spec }) => spec as unknown as Spec);
  const head = "| rule | update | options: default and interval | state, floats per parameter | paper |\n|---|---|---|:-:|---|";
  const table = [head, ...specs.map(row)].join("\n");
  const [before, after] = [text.split(begin)[0], text.split(end)[1]];
  return `${before}${begin}\n\n${table}\n\n${end}${after}`;
}

if (process.argv[1] === new URL(import.meta.url).pathname) writeFileSync(file, withTable(readme()));
