// Writes the table of optimizers in README.md from the specs: npm run readme
import { readFileSync, writeFileSync } from "node:fs";
import type { Hyper, Spec } from "../src/engine/spec.js";
import { rules } from "../src/index.js";

const file = new URL("../README.md", import.meta.url);
const begin = "<!-- begin of the table: npm run readme -->";
const end = "<!-- end of the table -->";

export const readme = () => readFileSync(file, "utf8");

// What needs no explanation in the table: the formula has it.
const plain = ["lr", "momentum", "beta1", "beta2", "beta3", "eps"];

function option([name, [value, interval, meaning]]: [string, Hyper], decay: string): string {
  const range = interval === "boolean" ? "" : ` in ${interval.replace("inf", "∞")}`;
  const remark = name === "weightDecay" ? `, ${decay}` : plain.includes(name) ? "" : `: ${meaning}`;
  return `\`${name}\` = ${value}${range}${remark}`;
}

/** Of a matrix of 1000 × 1000. */
function floats({ state, scratch }: Spec): string {
  const shape = [1000, 1000];
  const count = (length: ((shape: readonly number[]) => number) | undefined) => (length ? length(shape) / 1e6 : 1);
  const slots = Object.values(state).map((slot) => (typeof slot === "object" ? slot : { torch: slot }));
  const always = slots.reduce((sum, { needs, length }) => sum + (needs ? 0 : count(length)), 0);
  const optional = slots.flatMap(({ needs }) => (needs ? [`+1 with \`${needs}\``] : []));
  const room = scratch ? [`+${Number(count(scratch).toPrecision(1))} of the largest tensor`] : [];
  return [String(Number(always.toPrecision(2))), ...optional, ...room].join("<br>");
}

function paper(text: string): string {
  const [name, address] = text.split(", http");
  return `[${name}](http${address})`;
}

function row(spec: Spec): string {
  const { name, formula: update, hyper, decay = "l2", paper: source } = spec;
  const sentences = update.replaceAll("; ", "<br>").replaceAll(". ", "<br>");
  const options = Object.entries(hyper).map((entry) => option(entry, decay));
  const cells = [`\`${name}\``, sentences, options.join("<br>"), floats(spec), paper(source)];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

/** The README with its table made anew. */
export function withTable(text: string): string {
  const specs = Object.values(rules).map(({ spec }) => spec as unknown as Spec);
  const head =
    "| rule | update | options: default and interval | state, floats per parameter of a large matrix | paper |\n|---|---|---|:-:|---|";
  const table = [head, ...specs.map(row)].join("\n");
  const [before, after] = [text.split(begin)[0], text.split(end)[1]];
  return `${before}${begin}\n\n${table}\n\n${end}${after}`;
}

if (process.argv[1] === new URL(import.meta.url).pathname) writeFileSync(file, withTable(readme()));
