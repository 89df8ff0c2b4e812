// The formulas of the docstrings in MathML, which browsers draw and screen readers read without a script.
import { type Tree, treeOf } from "./tree.js";

const hat = "\u0302";
const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const leaf = (tag: string, text: string, attributes = "") => `<${tag}${attributes}>${escaped(text)}</${tag}>`;
const node = (tag: string, ...parts: string[]) => `<${tag}>${parts.join("")}</${tag}>`;

function nameOf(text: string): string {
  if (!text.endsWith(hat)) return leaf("mi", text);
  return node("mover", leaf("mi", text.slice(0, -1)), leaf("mo", "^", ' stretchy="false"'));
}

/** 1e-15 is 10 to the power of −15. */
function numberOf(text: string): string {
  const [digits, exponent] = text.split("e");
  if (exponent === undefined) return leaf("mn", digits);
  const power = node("msup", leaf("mn", "10"), leaf("mn", exponent.replace("-", "−")));
  return digits === "1" ? power : node("mrow", leaf("mn", digits), leaf("mo", "·"), power);
}

/** A fraction's line, a root's line and a raised position hold parts together as brackets do. */
const withoutBrackets = (tree: Tree) => element(tree.is === "group" && tree.open === "(" ? tree.inside : tree);

/** Whether a tree is higher than a line, so that its brackets have to grow. */
function isHigh(tree: Tree): boolean {
  if (tree.is === "row") return tree.parts.some(isHigh);
  if (tree.is === "group") return isHigh(tree.inside);
  if (tree.is === "root") return isHigh(tree.of);
  if (tree.is === "script") return isHigh(tree.base);
  return tree.is === "fraction";
}

function fenced({ open, inside, close }: Tree & { is: "group" }): string {
  const stretchy = isHigh(inside);
  const fence = (text: string, form: string) => leaf("mo", text, ` form="${form}" fence="true" stretchy="${stretchy}"`);
  return node("mrow", fence(open, "prefix"), element(inside), fence(close, "postfix"));
}

function script({ base, above, below }: Tree & { is: "script" }): string {
  // The character is raised already.
  if (above?.is === "sign") return node("mrow", element(base), leaf("mo", above.text, ' lspace="0" rspace="0"'));
  const [inner, over, under] = [element(base), above && withoutBrackets(above), below && leaf("mi", below)];
  if (over && under) return node("msubsup", inner, under, over);
  return over ? node("msup", inner, over) : node("msub", inner, under ?? "");
}

const isSign = (tree: Tree | undefined, signs: RegExp) => tree?.is === "sign" && signs.test(tree.text);

/** Words need spaces of their own between formulas. Signs have space around them; a comma and a colon have too little after them. */
function spaced(text: string, before: Tree | undefined, after: Tree | undefined): string {
  const space = "\u00a0";
  const first = !before || isSign(before, /[^,:]/);
  const last = !after || isSign(after, /[,:]/);
  return leaf("mtext", (first ? "" : space) + text + (last ? "" : space));
}

const hasWords = (tree: Tree): boolean => tree.is === "words" || (tree.is === "row" && tree.parts.some(hasWords));

function partOf(part: Tree, before: Tree | undefined, after: Tree | undefined): string {
  if (part.is === "words") return spaced(part.text, before, after);
  // A remark in brackets is no factor.
  const isRemark = part.is === "group" && hasWords(part.inside) && before !== undefined && before.is !== "sign";
  return isRemark ? `<mspace width="1em"></mspace>${element(part)}` : element(part);
}

const rowOf = (parts: readonly Tree[]) => node("mrow", ...parts.map((part, i) => partOf(part, parts[i - 1], parts[i + 1])));

/** The MathML of a tree: one element. */
function element(tree: Tree): string {
  switch (tree.is) {
    case "name":
      return nameOf(tree.text);
    case "number":
      return numberOf(tree.text);
    case "words":
      return leaf("mtext", tree.text);
    case "sign":
      return leaf("mo", tree.text);
    case "row":
      return rowOf(tree.parts);
    case "group":
      return fenced(tree);
    case "fraction":
      return node("mfrac", withoutBrackets(tree.over), withoutBrackets(tree.under));
    case "root":
      return tree.cubic ? node("mroot", withoutBrackets(tree.of), leaf("mn", "3")) : node("msqrt", withoutBrackets(tree.of));
    case "script":
      return script(tree);
  }
}

/** The lines of a formula: one assignment or condition each. */
export const linesOf = (formula: string) => formula.split(/; |\. /);

/** A line in MathML. Its attribute `alttext` has the line as it is in the docstring. */
export function mathml(line: string, names: ReadonlySet<string>): string {
  const alt = escaped(line).replaceAll('"', "&quot;");
  return `<math displaystyle="true" alttext="${alt}">${element(treeOf(line, names))}</math>`;
}
