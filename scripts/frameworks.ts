// Writes the tables of docs/frameworks.md from the golden values: npx tsx scripts/frameworks.ts
import { readFileSync, writeFileSync } from "node:fs";
import { type Golden, type RuleRun, readGolden } from "../test/support/golden.js";

const file = new URL("../docs/frameworks.md", import.meta.url);
const begin = "<!-- begin of the tables: npx tsx scripts/frameworks.ts -->";
const end = "<!-- end of the tables -->";

/** Each framework, the file of its golden values, and the precision in which it computed them. */
const frameworks: [string, string, string][] = [
  ["Keras", "keras", "float64"],
  ["optax", "optax", "float64 (`jax_enable_x64`)"],
  ["TensorFlow.js", "tfjs", "float32, which is all it has"],
];

export const frameworksDoc = () => readFileSync(file, "utf8");

function literal(value: unknown): string {
  if (Array.isArray(value)) return `inverseTimeDecay(${literal(value[0])}, { rate: ${literal(value[1])} })`;
  if (typeof value === "number" && value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e4)) {
    return value.toExponential().replace("+", "");
  }
  return JSON.stringify(value);
}

function ours({ rule, options }: RuleRun): string {
  const list = Object.entries(options).map(([name, value]) => `${name}: ${literal(value)}`);
  return `${rule}(params${list.length > 0 ? `, { ${list.join(", ")} }` : ""})`;
}

/** The document with new tables. */
export function withTables(text: string): string {
  const tables = frameworks.map(([name, values, precision]) => {
    const { version, cases } = readGolden<Golden<RuleRun>>(values);
    const rows = cases.flatMap((row) => (row.as ? [`| \`${row.as}\` | \`${ours(row)}\` | ${row.remark ?? ""} |`] : []));
    return [
      `## ${name} ${version}\n`,
      `Its values are ${precision}.\n`,
      "| theirs | ours | remark |",
      "|---|---|---|",
      ...rows,
    ].join("\n");
  });
  const [before, after] = [text.split(begin)[0], text.split(end)[1]];
  return `${before}${begin}\n\n${tables.join("\n\n")}\n\n${end}${after}`;
}

if (process.argv[1] === new URL(import.meta.url).pathname) writeFileSync(file, withTables(frameworksDoc()));
