// Tables of options, from the docstrings of the interfaces that declare them.
import { fileURLToPath } from "node:url";
import ts from "typescript";

const entry = fileURLToPath(new URL("../src/index.ts", import.meta.url));

const testing = fileURLToPath(new URL("../src/testing/index.ts", import.meta.url));

const mpi = fileURLToPath(new URL("../src/mpi/index.ts", import.meta.url));

let program: ts.Program | undefined;

/** The program of src, read once. */
export function sources(): { program: ts.Program; checker: ts.TypeChecker; entry: ts.SourceFile } {
  const { NodeNext } = ts.ModuleKind;
  const target = ts.ScriptTarget.ES2022;
  program ??= ts.createProgram([entry, testing, mpi], { module: NodeNext, target, strict: true, allowJs: true, noEmit: true });
  const file = program.getSourceFile(entry);
  if (!file) throw new Error(`${entry} is not there`);
  return { program, checker: program.getTypeChecker(), entry: file };
}

/** The only interface of src with this name. */
function findInterface(name: string): ts.InterfaceDeclaration {
  const files = sources().program.getSourceFiles();
  const found = files
    .filter(({ fileName }) => !fileName.includes("node_modules"))
    .flatMap(({ statements }) => statements.filter(ts.isInterfaceDeclaration).filter((one) => one.name.text === name));
  if (found.length !== 1) throw new Error(`src expected to have one interface ${name}, has ${found.length}`);
  return found[0];
}

/** A docstring in one line. */
export const docstring = (symbol: ts.Symbol, checker = sources().checker) =>
  ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim().replace(/\s+/g, " ");

/** Splits "Frobs. Default 1e-9; 0 never ends." into the default, "1e-9", and the meaning, "Frobs. 0 never ends." */
export function splitDefault(text: string): { meaning: string; value: string | undefined } {
  const sentence = /(?:^|(?<= ))Default:? (.+?)\.(?= |$)|(?:^|(?<= ))No (limit) by default\.(?= |$)/.exec(text);
  if (!sentence) return { meaning: text, value: undefined };
  const [whole, stated, limit] = sentence;
  const [, value = "", rest = ""] = /^(.*?)(?:[;,] (.*))?$/.exec(stated ?? `no ${limit}`) ?? [];
  const more = rest && `${rest[0].toUpperCase()}${rest.slice(1)}.`;
  const meaning = text.replace(whole, more).replace(/\s+/g, " ").trim();
  return { meaning, value };
}

/** A type as text. A union of words is shown as its words, not as its name. */
function typeText(node: ts.TypeNode): string {
  const type = sources().checker.getTypeFromTypeNode(node);
  if (type.isUnion() && type.types.every((one) => one.isStringLiteral()))
    return type.types.map((word) => `"${(word as ts.StringLiteralType).value}"`).join(" | ");
  return node.getText().replaceAll("readonly ", "").replaceAll("<ArrayBuffer>", "").replace(/\s+/g, " ");
}

const cell = (text: string) => text.replaceAll("|", "\\|");

/** The default as a cell: code for a value, plain text for words. */
function defaultCell(value: string | undefined, optional: boolean): string {
  if (value === undefined) return optional ? "" : "*required*";
  return /^(`.*`|no limit|.* with .*)$/.test(value) ? value : `\`${value}\``;
}

interface Member {
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
  readonly text: string;
}

/** The properties of an interface, own and inherited. */
function members(name: string): Member[] {
  const properties = sources().checker.getTypeAtLocation(findInterface(name)).getProperties();
  return properties.map((property) => {
    const declaration = property.declarations?.[0];
    if (!declaration || !ts.isPropertySignature(declaration) || !declaration.type)
      throw new Error(`${name}: ${property.name} has no declaration with a type`);
    const optional = declaration.questionToken !== undefined;
    return { name: property.name, type: typeText(declaration.type), optional, text: docstring(property) };
  });
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.map(cell).join(" | ")} |`).join("\n");

const code = (text: string) => `\`${text}\``;

/** A table of the options of an interface, or of some of them. */
export function optionTable(name: string, only: readonly string[] = []): string {
  const all = members(name);
  const unknown = only.filter((option) => !all.some(({ name }) => name === option));
  if (unknown.length > 0) throw new Error(`${name} has no option ${unknown.join(", ")}`);
  const chosen = all.filter(({ name }) => only.length === 0 || only.includes(name));
  const rows = chosen.map(({ name, type, optional, text }) => {
    const { meaning, value } = splitDefault(text);
    return [code(name), code(type), defaultCell(value, optional), meaning];
  });
  return table(["option", "type", "default", "meaning"], rows);
}

/** A table of the fields of a result. */
export function fieldTable(name: string): string {
  const rows = members(name).map(({ name, type, optional, text }) => [
    code(name),
    code(optional ? `${type} | undefined` : type),
    text,
  ]);
  return table(["field", "type", "meaning"], rows);
}
