// The page with all rules: what docs/rules.md says before its sections, and a table with a filter.
import { ruleDocs } from "../../scripts/ruleDocs.js";
import { koreanRulesIntroduction } from "./korean/introduction.js";
import { rewriteLinks, withAnchors } from "./markdown.js";
import { frontMatter, type Locale, type Page, prefix, readSource } from "./page.js";
import { allRules, propertiesOf, propertyNames } from "./properties.js";
import { bytesOf, summaryOf } from "./rulePage.js";
import { strings } from "./strings.js";

const wordNames = [
  ...(["rules", "rule", "whatItDoes", "properties", "stateBytes", "paper"] as const),
  ...(["filter", "filterProperties", "shown"] as const),
];

type Word = (typeof wordNames)[number];

/** What the table shows. */
export interface RuleTableData {
  readonly words: { readonly [word in Word]: string };
  readonly properties: readonly { readonly name: string; readonly title: string; readonly meaning: string }[];
  readonly rules: readonly {
    readonly name: string;
    readonly link: string;
    readonly summary: string;
    readonly properties: readonly string[];
    readonly bytes: string;
    readonly paper: string;
    readonly address: string;
  }[];
}

const withoutCode = (text: string) => text.replaceAll("`", "");

export function ruleTableData(locale: Locale): RuleTableData {
  const words = strings[locale];
  const rules = allRules.map((rule) => {
    const { name } = rule.spec;
    const [paper, address] = ruleDocs(name).paper.split(", http");
    const link = `${prefix(locale)}/rules/${name}`;
    const bytes = withoutCode(bytesOf(rule.spec, locale));
    return {
      name,
      link,
      summary: summaryOf(name, locale),
      properties: propertiesOf(rule),
      bytes,
      paper,
      address: `http${address}`,
    };
  });
  const properties = propertyNames.map((name) => ({
    name,
    title: words.property[name],
    meaning: withoutCode(words.propertyMeaning[name]),
  }));
  return { words: Object.fromEntries(wordNames.map((word) => [word, words[word]])) as RuleTableData["words"], properties, rules };
}

/** How to read a rule's page: docs/rules.md between its title and its sections. */
function introduction(): string {
  const [text] = /^## Reading the formulas\n.*?(?=^## All rules$)/ms.exec(readSource("docs/rules.md")) ?? [];
  if (!text) throw new Error("docs/rules.md: expected the headings Reading the formulas and All rules");
  return text;
}

/** The page, and the data of its table. */
export function ruleIndex(locale: Locale): Page[] {
  const words = strings[locale];
  const folder = `${locale === "ko" ? "ko/" : ""}rules`;
  const component = `${locale === "ko" ? "../" : ""}../../generate/RuleTable.vue`;
  const text = [
    `<script setup>\nimport RuleTable from "${component}";\nimport data from "./rules.json";\n</script>`,
    `# ${words.rules}`,
    words.rulesIntroduction,
    '<RuleTable :data="data" />',
    locale === "ko" ? koreanRulesIntroduction : withAnchors(rewriteLinks(introduction(), "docs/rules.md")),
    "",
  ];
  const fields = { title: words.rules, description: words.rulesDescription };
  return [
    { path: `${folder}/index.md`, text: frontMatter(fields) + text.join("\n\n") },
    { path: `${folder}/rules.json`, text: `${JSON.stringify(ruleTableData(locale), undefined, 1)}\n` },
  ];
}
