// Writes the generated parts of README.md and docs/, between marks: npm run readme
//   <!-- generated: rules -->                          the table of all rules, from their specs
//   <!-- generated: sections -->                       formula, state and options of each rule, from their specs and comments
//   <!-- generated: options FitOptions -->             the options that an interface of src declares, from its docstrings
//   <!-- generated: options FitOptions count batch --> some of them
//   <!-- generated: fields TrainingHistory -->                 the fields of a result, from its docstrings
//   <!-- generated: speed -->                          times of Adam, from the report of the benchmark
//   <!-- generated: rooms -->                          the rooms of src/, from their READMEs
//   <!-- generated: source path -->                    a file
//   <!-- end -->
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { roomTable } from "./architecture.js";
import { fieldTable, optionTable } from "./optionTables.js";
import { ruleSections, ruleTable } from "./ruleTables.js";
import { speedTable } from "./speedTable.js";

const root = new URL("../", import.meta.url);

/** The pages of the top level and of docs/, as paths from the top level. */
export const pages = [
  "README.md",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  ...readdirSync(new URL("docs", root)).flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : [])),
];

export const readPage = (page: string) => readFileSync(new URL(page, root), "utf8");

const generators: { readonly [kind: string]: (name: string, ...only: string[]) => string } = {
  rules: ruleTable,
  sections: ruleSections,
  options: (name, ...only) => optionTable(name, only),
  fields: fieldTable,
  speed: speedTable,
  rooms: roomTable,
  source: (path) => `\`\`\`ts\n${readPage(path)}\`\`\``,
};

function generate(what: string): string {
  const [kind, name = "", ...only] = what.split(" ");
  const generator = generators[kind];
  if (!generator) throw new Error(`generated: expected one of ${Object.keys(generators).join(", ")}, got ${what}`);
  return generator(name, ...only);
}

/** The text of a page with new generated parts. */
export const regenerate = (text: string) =>
  text.replaceAll(/(<!-- generated: ([^\n]*?) -->\n).*?(<!-- end -->)/gs, (_, begin: string, what: string, end: string) => {
    return `${begin}\n${generate(what)}\n\n${end}`;
  });

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const page of pages) writeFileSync(new URL(page, root), regenerate(readPage(page)));
