// pages/glossary.md and pages/ko/glossary.md, from the table of terms.
import { row } from "../../scripts/ruleTables.js";
import { glossary } from "./glossary.js";
import { frontMatter, type Locale, type Page, prefix } from "./page.js";
import { strings } from "./strings.js";

export function glossaryPage(locale: Locale): Page {
  const words = strings[locale];
  const other = locale === "en" ? "ko" : "en";
  const terms = [...glossary].sort((a, b) => a[locale].localeCompare(b[locale], locale));
  const rows = terms.map((term) => {
    const link = `[${words.explained}](${prefix(locale)}${term.page})`;
    return row([`**${term[locale]}**`, term[other], `${term.meaning[locale]} ${link}`]);
  });
  const head = [words.term, words.otherTerm, words.meaning];
  const text = [
    `# ${words.glossary}`,
    words.glossaryIntroduction,
    [row(head), row(head.map(() => "---")), ...rows].join("\n"),
    "",
  ];
  const fields = { title: words.glossary, description: words.glossaryDescription };
  return { path: `${locale === "ko" ? "ko/" : ""}glossary.md`, text: frontMatter(fields) + text.join("\n\n") };
}
