// Rewrites the declarations of rules that tsc wrote to dist/: part of npm run build
// Hyper-parameters and state become named types, which editors show by name. Their members get comments that also say the default, the
// interval, or the name in PyTorch. In the comment of a rule, formula and paper become paragraphs, because some editors show no tags.
import { readFileSync, writeFileSync } from "node:fs";
import type { Hyper, Slot, Spec } from "../src/engine/spec.js";
import { rules } from "../src/index.js";
import { ruleDocs } from "./ruleDocs.js";

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** `[0.001, "[0,inf)"]`, `Step size.` → `Step size. Default 0.001, in [0,inf).` */
function describeHyper([value, interval, fixed]: Hyper, meaning: string): string {
  const range = interval === "boolean" ? "" : `, in ${interval}`;
  return `${meaning} Default ${value}${range}.${fixed ? " Read at construction." : ""}`;
}

function describeSlot(slot: Slot, hyper: Spec["hyper"]): string {
  const { torch, needs } = typeof slot === "string" ? { torch: slot } : slot;
  const nothing = needs && (hyper[needs]?.[1] === "boolean" ? "false" : "0");
  return `In PyTorch: \`${torch}\`.${needs ? ` Undefined if \`${needs}\` is ${nothing} at construction.` : ""}`;
}

/** A type literal with a comment before each member, in place of the one from src. */
const withComments = (literal: string, describe: (member: string) => string) =>
  literal
    .replace(/^ {4}\/\*\*.*?\*\/\n/gms, "")
    .replace(/^ {4}readonly (\w+):/gm, (member, name) => `    /** ${describe(name)} */\n${member}`);

const toComment = (text: string) => `/**\n${text.replace(/^.*$/gm, (line) => ` * ${line}`.trimEnd())}\n */`;

/** The text of a comment, and its tags other than formula and paper. */
function readComment(comment: string): [text: string, tags: string] {
  const lines = comment.trim().slice("/**".length, -"*/".length);
  const [, text = "", tags = ""] = lines.replace(/^ \* ?/gm, "").match(/^(.*?)(@.*)?$/s) ?? [];
  const others = tags.split(/^(?=@)/m).filter((tag) => !/^@(formula|paper)\b/.test(tag));
  return [text.trim(), others.join("").trim()];
}

/** Replaces `export declare const name: import("…").Rule<{ … }, { … }>;` and the comment before it. */
function redeclare(
  file: string,
  name: string,
  declare: (comment: string, type: string, hyper: string, state: string) => string[],
): void {
  const comment = "(?:(/\\*\\*(?:(?!\\*/).)*\\*/)\n)?";
  const literal = "(\\{\\}|\\{\n.*?\n\\})";
  const declaration = `${comment}export declare const ${name}: ((?:import\\("[^"]*"\\)\\.)?\\w+)<${literal}, ${literal}>;`;
  change(file, new RegExp(declaration, "s"), (_, comment = "", type = "", hyper = "", state = "") =>
    declare(comment, type, hyper, state).join("\n"),
  );
}

/** Replaces one place in a file of dist/. */
function change(path: string, pattern: string | RegExp, replace: (...found: string[]) => string): void {
  const file = new URL(`../dist/${path}`, import.meta.url);
  const text = readFileSync(file, "utf8");
  const changed = text.replace(pattern, replace);
  if (changed === text) throw new Error(`dist/${path} expected ${pattern} in what tsc wrote`);
  writeFileSync(file, changed);
}

for (const rule of Object.values(rules)) {
  const spec = rule.spec as unknown as Spec;
  const { name, hyper, state } = spec;
  const { formula, paper, meanings } = ruleDocs(name);
  const [hypersName, stateName] = [`${capital(name)}Hypers`, `${capital(name)}State`];
  let prose = "";
  redeclare(`rules/${name}.d.ts`, name, (comment, type, hyperLiteral, stateLiteral) => {
    const [text, tags] = readComment(comment);
    prose = `${text}\n\n\`${formula}\`\n\n${paper}`;
    return [
      `/** Hyper-parameters of \`${name}\`. */`,
      `export type ${hypersName} = ${withComments(hyperLiteral, (member) => describeHyper(hyper[member] as Hyper, meanings[member]))};`,
      `/** State arrays of \`${name}\`. */`,
      `export type ${stateName} = ${withComments(stateLiteral, (slot) => describeSlot(state[slot] as Slot, hyper))};`,
      toComment(tags ? `${prose}\n${tags}` : prose),
      `export declare const ${name}: ${type}<${hypersName}, ${stateName}>;`,
    ];
  });
  redeclare("adapters/tfjs/index.d.ts", name, (_, type) => {
    const module = `import("../../rules/${name}.js")`;
    return [toComment(prose), `export declare const ${name}: ${type}<${module}.${hypersName}, ${module}.${stateName}>;`];
  });
  // Declarations of other packages can then name the types.
  change("rules/index.d.ts", `{ ${name} }`, () => `{ ${name}, type ${hypersName}, type ${stateName} }`);
}
change("adapters/tfjs/index.d.ts", /$/, () => 'export type * from "../../rules/index.js";\n');
