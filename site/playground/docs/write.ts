// Writes output/rules.json: what the comments of src/rules say of each rule, in English and Korean.
// Run it with tsx before the site is built. Without the file the playground shows names alone.
import { mkdirSync, writeFileSync } from "node:fs";
import { ruleDocs } from "../../../scripts/ruleDocs.js";
import { ruleSummaries } from "../../../scripts/ruleSummaries.js";
import { rules } from "../../../src/index.js";
import { koreanMeanings } from "../../generate/korean/meanings.js";
import { koreanSummaries } from "../../generate/korean/rules.js";
import type { RuleTexts } from "./docs.js";

type RuleName = keyof typeof rules;

function texts(name: RuleName): RuleTexts {
  const { formula, meanings } = ruleDocs(name);
  const korean = Object.entries(meanings).map(([hyper, meaning]) => [hyper, koreanMeanings[meaning] ?? meaning]);
  return {
    formula,
    summary: { en: ruleSummaries[name], ko: koreanSummaries[name] },
    meanings: { en: meanings, ko: Object.fromEntries(korean) },
  };
}

const folder = new URL("output/", import.meta.url);
mkdirSync(folder, { recursive: true });
const all = Object.fromEntries(Object.keys(rules).map((name) => [name, texts(name as RuleName)]));
writeFileSync(new URL("rules.json", folder), JSON.stringify(all));
