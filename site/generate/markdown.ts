// Pages of the repository as pages of the site: links, pictures, anchors.
import { posix } from "node:path";
import { rules } from "../../src/index.js";

/** The page of the guide that a file becomes, without its ending; undefined for other files. */
export function guideName(file: string): string | undefined {
  if (file === "README.md") return "start";
  const [, name] = /^docs\/([\w-]+)\.md$/.exec(file) ?? [];
  return name === "rules" || name === "README" ? undefined : name;
}

/** The address on the site of a file of the repository, with an anchor. Pictures are in the folder guide/ of the public files. */
function addressOf(file: string, anchor: string | undefined): string | undefined {
  if (/\.(svg|png)$/.test(file)) return `/guide/${posix.basename(file)}`;
  if (file === "docs/rules.md") return anchor && anchor in rules ? `/rules/${anchor}` : `/rules/${anchor ? `#${anchor}` : ""}`;
  if (file === "docs/README.md") return "/guide/";
  const name = guideName(file);
  return name && `/guide/${name}${anchor ? `#${anchor}` : ""}`;
}

const link = /(!?)\[((?:[^\]`]|`[^`]*`)*)\]\(([^)\s]+)\)/;

/** Applies a change to the links and pictures of a page. Blocks and pieces of code stay as they are. */
function replaceLinks(text: string, change: (whole: string, picture: boolean, label: string, target: string) => string): string {
  const pattern = new RegExp(`^\`\`\`.*?^\`\`\`$|${link.source}|\`[^\`]*\``, "gms");
  return text.replace(pattern, (whole, mark, label, target) =>
    target === undefined ? whole : change(whole, mark === "!", label, target),
  );
}

const isExternal = (target: string) => /^[a-z]+:/.test(target);

/** The file of the repository that a relative link of a page leads to, and the anchor. */
function targetOf(page: string, target: string): [file: string, anchor: string | undefined] {
  const [path, anchor] = target.split("#");
  return [path ? posix.join(posix.dirname(page), path) : page, anchor];
}

/** The pictures of a page, as files of the repository. */
export function picturesOf(text: string, page: string): string[] {
  const found: string[] = [];
  replaceLinks(text, (whole, _picture, _label, target) => {
    const [file] = targetOf(page, target);
    if (!isExternal(target) && /\.(svg|png)$/.test(file)) found.push(file);
    return whole;
  });
  return found;
}

/** Links lead to pages of the site. The site does not have the sources: links to them become text and the file's name. */
export function rewriteLinks(text: string, page: string): string {
  return replaceLinks(text, (whole, picture, label, target) => {
    if (isExternal(target)) return whole;
    const [file, anchor] = targetOf(page, target);
    const address = addressOf(file, anchor);
    if (address) return `${picture ? "!" : ""}[${label}](${address})`;
    return label.replaceAll("`", "") === file ? `\`${file}\`` : `${label} (\`${file}\`)`;
  });
}

/** The anchor of a heading, as in the repository. */
export const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

/** Gives every heading the anchor that it has in the repository. */
export const withAnchors = (text: string) =>
  text.replace(/^```.*?^```$|^(#+) ([^\n]*)$/gms, (whole, marks, heading) =>
    marks === undefined ? whole : `${marks} ${heading} {#${anchorOf(heading)}}`,
  );
