// Writes the generated pages of the site: npx tsx site/generate/main.ts
// The guide is from README.md and docs/, the rules are from specs and docstrings, the API is TypeDoc's.
import { writeApi } from "./api.js";
import { generatedFolders, generatedPages } from "./generated.js";
import { writePages } from "./page.js";

const pages = generatedPages();
writePages(pages, generatedFolders);
console.log(`${pages.length} files of the guide, the rules and the glossary`);
if (!process.argv.includes("--no-api")) writeApi();
