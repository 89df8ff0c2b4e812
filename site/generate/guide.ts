// The pages of the guide, from README.md and docs/.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { guideName, picturesOf, rewriteLinks, withAnchors } from "./markdown.js";
import { frontMatter, type Locale, type Page, pagesFolder, prefix, readFrontMatter, readSource, root } from "./page.js";
import { guideGroups, strings } from "./strings.js";

/** The files of the repository that become pages of the guide. */
export const guideFiles = ["README.md", ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`)].filter(
  (file) => file.endsWith(".md") && guideName(file),
);

/** The lists of pages below the heading Documentation of README.md: the group and the place of each page. */
function listed(): ReadonlyMap<string, { readonly group: string; readonly order: number }> {
  const [, lists = ""] = /^## Documentation\n(.*?)(?=^\w)/ms.exec(readSource("README.md")) ?? [];
  const found = lists.split(/^- /m).flatMap((list) => {
    const [group] = list.split(":");
    return [...list.matchAll(/\]\((docs\/[\w-]+\.md)\)/g)].map(([, file]) => ({ file, group }));
  });
  if (found.length === 0) throw new Error("README.md: expected lists of pages below the heading Documentation");
  return new Map(found.map(({ file, group }, i) => [file, { group, order: i + 1 }]));
}

/** What docs/README.md says of each page. */
function descriptions(): ReadonlyMap<string, string> {
  const rows = readSource("docs/README.md").matchAll(/^\| \[[\w-]+\.md\]\(([\w-]+\.md)\) \| (.*) \|$/gm);
  return new Map([...rows].map(([, name, about]) => [`docs/${name}`, about.replaceAll("`", "")]));
}

/** What the lists do not say. */
const first = { title: "Getting started", description: "installation, a first training, all rules", group: "Start", order: 0 };
const last = { group: "Background", order: 100 };

interface GuidePage extends Page {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly group: string;
  readonly order: number;
}

function pageOf(file: string): GuidePage {
  const source = readSource(file).replace(/^<!-- .*? -->\n+/gms, "");
  const [, heading = ""] = /^# (.*)$/m.exec(source) ?? [];
  const said = { title: heading, description: descriptions().get(file) ?? "", ...last, ...listed().get(file) };
  const { title, description, group, order } = file === "README.md" ? { ...said, ...first } : said;
  if (!title || !description) throw new Error(`${file}: expected a heading, and a line in docs/README.md`);
  const text = withAnchors(rewriteLinks(source, file)).replace(/^# .*$/m, `# ${title}`);
  const name = guideName(file) as string;
  const head = frontMatter({ title, description, group, order });
  return { name, title, description, group, order, path: `guide/${name}.md`, text: head + text };
}

/** The list of all pages, in groups. */
function index(pages: readonly GuidePage[], locale: Locale): Page {
  const words = strings[locale];
  const lists = Object.entries(guideGroups).map(([group, titles]) => {
    const own = pages.filter((page) => page.group === group).sort((a, b) => a.order - b.order);
    const lines = own.map(({ name, title, description }) => `- [${title}](${prefix(locale)}/guide/${name}): ${description}`);
    return [`## ${titles[locale]}`, lines.join("\n")].join("\n\n");
  });
  const head = frontMatter({ title: words.guide, description: words.guideDescription });
  const text = [`# ${words.guide}`, words.guideIntroduction, ...lists, ""].join("\n\n");
  return { path: `${locale === "ko" ? "ko/" : ""}guide/index.md`, text: head + text };
}

/** A page with the title and the description of its Korean summary, which a person wrote. */
function inKorean(page: GuidePage): GuidePage {
  const { title, description } = readFrontMatter(readFileSync(join(pagesFolder, "ko", page.path), "utf8"));
  if (!title || !description) throw new Error(`ko/${page.path}: expected title and description`);
  return { ...page, title, description };
}

/** The English pages, the pictures that they show, and the lists of the pages in both languages. */
export function guidePages(): Page[] {
  const pages = guideFiles.map(pageOf);
  const pictures = new Set(guideFiles.flatMap((file) => picturesOf(readSource(file), file)));
  return [
    ...pages.map(({ path, text }) => ({ path, text })),
    index(pages, "en"),
    index(pages.map(inKorean), "ko"),
    ...[...pictures].map((file) => ({ path: `public/guide/${basename(file)}`, text: readFileSync(join(root, file)) })),
  ];
}
