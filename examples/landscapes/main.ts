// Writes docs/convergence.md and docs/paths-*.svg: npm run landscapes
// With --search, first searches learning rates: of all methods without rates, or of the named methods.
//   npm run landscapes -- --search
//   npm run landscapes -- --search adam lion
import { parseArgs } from "node:util";
import { writeDocument } from "./document.js";
import { methods } from "./methods.js";
import { writePictures } from "./picture.js";
import { readRates, searchRates } from "./rates.js";
import { results } from "./results.js";

const { values, positionals } = parseArgs({ options: { search: { type: "boolean" } }, allowPositionals: true });
const unknown = positionals.filter((name) => !methods.some((method) => method.name === name));
if (unknown.length > 0 || (positionals.length > 0 && !values.search)) {
  throw new RangeError(
    `expected --search and names of ${methods.map(({ name }) => name).join(", ")}, got ${positionals.join(", ")}`,
  );
}
if (values.search) {
  const saved = readRates();
  searchRates(methods.filter(({ name }) => (positionals.length > 0 ? positionals.includes(name) : !(name in saved))));
}
const rows = results();
writeDocument(rows);
writePictures(rows);
console.log("docs/convergence.md, docs/paths-*.svg");
