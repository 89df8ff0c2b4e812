// Writes docs/api.txt, the public declarations without comments, from dist/: npm run api
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("..", import.meta.url));
const file = new URL("../docs/api.txt", import.meta.url);

export const apiReport = () => readFileSync(file, "utf8");

interface Manifest {
  readonly name: string;
  readonly exports: { readonly [entry: string]: string | { readonly types: string } };
}

/** What users import, and the file of its declarations, from package.json. Entries with an extension are files for tools. */
function entries(): { readonly entry: string; readonly declarations: string }[] {
  const { name, exports } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as Manifest;
  return Object.entries(exports).flatMap(([entry, target]) =>
    typeof target === "string" || /\.\w+$/.test(entry)
      ? []
      : [{ entry: entry.replace(".", name), declarations: root + target.types.replace("./", "") }],
  );
}

/** Throws where dist/ is missing, or older than src/: its declarations would be those of another version. */
function checkBuild(): void {
  const built = `${root}dist/index.d.ts`;
  const changed = (path: string) => statSync(path).mtimeMs;
  const sources = readdirSync(`${root}src`, { recursive: true, encoding: "utf8" }).filter((name) => /\.[jt]s$/.test(name));
  const newer = existsSync(built) ? sources.find((name) => changed(`${root}src/${name}`) > changed(built)) : "";
  if (newer === undefined) return;
  throw new Error(`dist/ is ${newer ? `older than src/${newer}` : "missing"}; the report of the API needs npm run build first`);
}

const isPrivate = (node: ts.Node) =>
  (ts.isClassElement(node) && node.name !== undefined && ts.isPrivateIdentifier(node.name)) ||
  (ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword) === true);

const isOutermost = ({ kind }: ts.ModifierLike) =>
  kind === ts.SyntaxKind.ExportKeyword || kind === ts.SyntaxKind.DeclareKeyword || kind === ts.SyntaxKind.DefaultKeyword;

/** The statement of a declaration: `const` and what follows, for a constant. */
function statementOf(declaration: ts.Declaration): ts.Node {
  return ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
}

/** Whether a name is of a statement of its file: not of a member or a parameter. */
const isStatement = ({ declarations = [] }: ts.Symbol) =>
  declarations.some((declaration) => {
    const { parent } = statementOf(declaration);
    return parent !== undefined && ts.isSourceFile(parent);
  });

/** Leaves out private members, `export` and `declare`; a name stands for the file that it is imported from. */
function simplify(context: ts.TransformationContext): ts.Transformer<ts.Node> {
  const visit = (node: ts.Node): ts.Node | undefined => {
    if (isPrivate(node) || (ts.isModifier(node) && isOutermost(node))) return undefined;
    if (ts.isImportTypeNode(node) && node.qualifier) {
      const types = node.typeArguments?.map((type) => ts.visitNode(type, visit) as ts.TypeNode);
      const reference = context.factory.createTypeReferenceNode(node.qualifier, types);
      return node.isTypeOf ? context.factory.createTypeQueryNode(node.qualifier, types) : reference;
    }
    const simple = ts.visitEachChild(node, visit, context);
    return ts.isTupleTypeNode(simple) ? ts.setEmitFlags(simple, ts.EmitFlags.SingleLine) : simple;
  };
  return (node) => visit(node) as ts.Node;
}

const listed = (names: readonly string[]) => `{\n  ${names.join(",\n  ")}\n}`;

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });

function print(symbol: ts.Symbol): string {
  const statements = new Set((symbol.declarations ?? []).map(statementOf));
  const texts = [...statements].map((statement) => {
    const [simple] = ts.transform(statement, [simplify]).transformed as [ts.Node];
    return printer.printNode(ts.EmitHint.Unspecified, simple, statement.getSourceFile());
  });
  return texts.join("\n").replaceAll("    ", "  ");
}

/** The report of what dist/ declares. */
export function currentApi(): string {
  checkBuild();
  const modules = entries();
  const program = ts.createProgram({
    rootNames: modules.map(({ declarations }) => declarations),
    options: { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, skipLibCheck: true, types: [] },
  });
  const checker = program.getTypeChecker();
  const followed = (symbol: ts.Symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
  const isOurs = ({ declarations = [] }: ts.Symbol) =>
    declarations.length > 0 && declarations.every((node) => node.getSourceFile().fileName.startsWith(`${root}dist/`));

  const printed = new Map<ts.Symbol, string>();
  const reached = new Set<ts.Symbol>();
  /** Prints a declaration, and notes the names in it. */
  const add = (symbol: ts.Symbol): string => {
    const text = printed.get(symbol) ?? print(symbol);
    printed.set(symbol, text);
    const visit = (node: ts.Node): void => {
      if (isPrivate(node)) return;
      const named = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node) : undefined;
      if (named && isOurs(followed(named)) && isStatement(followed(named))) reached.add(followed(named));
      ts.forEachChild(node, visit);
    };
    for (const declaration of symbol.declarations ?? []) visit(declaration);
    return text;
  };
  const sections = modules.map(({ entry, declarations }) => {
    const source = program.getSourceFile(declarations);
    const module = source && checker.getSymbolAtLocation(source);
    if (!module) throw new Error(`${entry}: expected a module, got ${declarations}`);
    const named = checker.getExportsOfModule(module).sort((a, b) => (a.name < b.name ? -1 : 1));
    const again = named.filter((exported) => printed.has(followed(exported)));
    const texts = named.flatMap((exported) => {
      const symbol = followed(exported);
      if (again.includes(exported)) return [];
      if (symbol.flags & ts.SymbolFlags.ValueModule) {
        const names = checker.getExportsOfModule(symbol).map(({ name }) => name);
        return `namespace ${exported.name} ${listed(names.sort())}`;
      }
      if (exported.name !== symbol.name) {
        reached.add(symbol);
        return `export { ${symbol.name} as ${exported.name} }`;
      }
      return add(symbol);
    });
    if (again.length > 0) texts.unshift(`as above: ${listed(again.map(({ name }) => name))}`);
    return `## ${entry}\n\n${texts.join("\n\n")}`;
  });

  const hidden = new Map<ts.Symbol, string>();
  for (const symbol of reached) if (!printed.has(symbol)) hidden.set(symbol, add(symbol));
  const texts = [...hidden.values()].sort().join("\n\n");
  const head = "The public declarations, entry by entry. npm run api writes this file from dist/; test/api.test.ts compares.";
  return `${head}\n\n${sections.join("\n\n")}\n\n## Without an export: types that the declarations above mention\n\n${texts}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(file, currentApi());
