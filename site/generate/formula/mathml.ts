// The formulas of the docstrings in MathML, which browsers draw and screen readers read without a script.
import { type Tree, treeOf } from "./tree.js";

const hat = "\u0302";
const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const leaf = (tag: string, text: string, attributes = "") => `<${tag}${attributes}>${escaped(text)}</${tag}>`;
const node = (tag: string, ...parts: string[]) => `<${tag}>${parts.join("")}</${tag}>`;

function nameOf(text: string): string {
  if (!text.endsWith(hat)) return leaf("mi", text);
  return `<mover accent="true">${leaf("mi", text.slice(0, -1))}${leaf("mo", "^", ' stretchy="false"')}</mover>`;
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

const fenced = (open: string, inside: string, close: string) => {
  const fence = (text: string, form: string) => leaf("mo", text, ` form="${form}" fence="true" stretchy="true"`);
  return node("mrow", fence(open, "prefix"), inside, fence(close, "postfix"));
};

function script({ base, above, below }: Tree & { is: "script" }): string {
  const [inner, over, under] = [element(base), above && withoutBrackets(above), below && leaf("mi", below)];
  if (over && under) return node("msubsup", inner, under, over);
  return over ? node("msup", inner, over) : node("msub", inner, under ?? "");
}

/** Words need spaces of their own between formulas, and none at the ends and before a comma or colon. */
function spaced(text: string, before: Tree | undefined, after: Tree | undefined): string {
  const space = "\u00a0";
  const ends = !after || (after.is === "sign" && /^[,:]$/.test(after.text));
  return leaf("mtext", (before ? space : "") + text + (ends ? "" : space));
}

const rowOf = (parts: readonly Tree[]) =>
  node("mrow", ...parts.map((part, i) => (part.is === "words" ? spaced(part.text, parts[i - 1], parts[i + 1]) : element(part))));

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
      return fenced(tree.open, element(tree.inside), tree.close);
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
  return `<math display="block" alttext="${alt}">${element(treeOf(line, names))}</math>`;
}
