// The sidebar, from the titles and groups in the front matter of the pages. It needs the generated pages: npx tsx site/generate/main.ts
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { learnPages } from "../learn/pages.js";
import { type Locale, pagesFolder, prefix, readFrontMatter } from "./page.js";
import { guideGroups, strings } from "./strings.js";

/** An item of VitePress's sidebar. */
export interface SidebarItem {
  readonly text: string;
  readonly link?: string;
  readonly items?: SidebarItem[];
  readonly collapsed?: boolean;
}

type Fields = ReturnType<typeof readFrontMatter>;

/** The pages of a folder, except its index, by name. */
function pagesIn(folder: string): Map<string, Fields> {
  const files = readdirSync(join(pagesFolder, folder)).filter((file) => file.endsWith(".md") && file !== "index.md");
  return new Map(
    files.sort().map((file) => [file.slice(0, -3), readFrontMatter(readFileSync(join(pagesFolder, folder, file), "utf8"))]),
  );
}

function learn(locale: Locale): SidebarItem[] {
  const root = `${prefix(locale)}/learn/`;
  return [
    {
      text: strings[locale].learn,
      link: root,
      items: learnPages.map(({ name, title }) => ({ text: title[locale], link: root + name })),
    },
  ];
}

function guide(locale: Locale): SidebarItem[] {
  const root = `${prefix(locale)}/guide/`;
  const titles = pagesIn(`${locale === "ko" ? "ko/" : ""}guide`);
  const pages = [...pagesIn("guide")].sort(([, a], [, b]) => Number(a.order) - Number(b.order));
  return Object.entries(guideGroups).map(([group, text]) => ({
    text: text[locale],
    items: pages.flatMap(([name, fields]) =>
      fields.group === group ? [{ text: titles.get(name)?.title ?? fields.title, link: root + name }] : [],
    ),
  }));
}

function rules(locale: Locale): SidebarItem[] {
  const root = `${prefix(locale)}/rules/`;
  const pages = [...pagesIn("rules")];
  const groups = Object.entries(strings[locale].group).map(([group, text]) => ({
    text,
    collapsed: false,
    items: pages.flatMap(([name, fields]) => (fields.group === group ? [{ text: name, link: root + name }] : [])),
  }));
  return [{ text: strings[locale].allRules, link: root }, ...groups];
}

/** The modules of TypeDoc, and the functions of the main one. Their pages list the rest: every page of the site carries the sidebars. */
function api(): SidebarItem[] {
  const file = join(pagesFolder, "api/typedoc-sidebar.json");
  if (!existsSync(file)) return [];
  const [main] = JSON.parse(readFileSync(file, "utf8")) as [SidebarItem];
  const items = main.items ?? [];
  const module = ({ text, link }: SidebarItem): SidebarItem => ({ text: `simdescent/${text}`, link });
  const functions = items.filter(({ text }) => text === "Functions");
  return [{ text: main.text, link: main.link, items: functions }, ...items.filter(({ link }) => link).map(module)];
}

/** The sidebars of a language, by the beginning of the address. The API is in English. */
export function sidebar(locale: Locale): { [path: string]: SidebarItem[] } {
  const root = prefix(locale);
  const { api: apiTitle, glossary } = strings[locale];
  const reading = [...guide(locale), { text: glossary, link: `${root}/glossary` }, { text: apiTitle, link: "/api/" }];
  return {
    [`${root}/learn/`]: learn(locale),
    [`${root}/guide/`]: reading,
    [`${root}/glossary`]: reading,
    [`${root}/rules/`]: rules(locale),
    ...(locale === "en" && { "/api/": api() }),
  };
}
