// All generated pages, except those of the API.
import { glossaryPage } from "./glossaryPage.js";
import { guidePages } from "./guide.js";
import { locales, type Page } from "./page.js";
import { allRules } from "./properties.js";
import { ruleIndex } from "./ruleIndex.js";
import { rulePage } from "./rulePage.js";

/** Folders of site/pages that have nothing but generated files. */
export const generatedFolders = ["guide", "rules", "ko/rules", "public/guide"];

export const generatedPages = (): Page[] => [
  ...guidePages(),
  ...locales.flatMap((locale) => [...ruleIndex(locale), ...allRules.map((rule) => rulePage(rule, locale)), glossaryPage(locale)]),
];
