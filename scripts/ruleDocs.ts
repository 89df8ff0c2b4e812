// What the comments of src/rules say: formula and paper of each rule, meaning of each hyper-parameter. They are comments, not fields
// of the spec, so that users' bundles do not have them.
import ts from "typescript";
import { docstring, sources } from "./optionTables.js";

/** What comments say of a rule. */
export interface RuleDocs {
  /** The formula in the letters of the paper: the tag `@formula`. */
  readonly formula: string;
  /** Authors, year and address of the paper: the tag `@paper`. */
  readonly paper: string;
  /** The docstring, without its tags. */
  readonly text: string;
  /** A sentence for each hyper-parameter, by name. */
  readonly meanings: { readonly [hyper: string]: string };
}

/** The symbol that an import or a new export of a symbol stands for. */
const followed = (symbol: ts.Symbol | undefined, checker: ts.TypeChecker) =>
  symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

/** The constant that a member of an object is, or the function that makes it: `weightDecay`, `weightDecay: decoupledDecay(0)`. */
function source(member: ts.Symbol, checker: ts.TypeChecker): ts.Symbol | undefined {
  const declaration = member.valueDeclaration;
  if (!declaration) return undefined;
  if (ts.isShorthandPropertyAssignment(declaration))
    return followed(checker.getShorthandAssignmentValueSymbol(declaration), checker);
  if (!ts.isPropertyAssignment(declaration)) return undefined;
  const { initializer } = declaration;
  const named = ts.isCallExpression(initializer) ? initializer.expression : initializer;
  return followed(checker.getSymbolAtLocation(named), checker);
}

/** Reads the comments of a rule and of its hyper-parameters. @throws Error if one of them is missing. */
export function readRule(rule: ts.Symbol, checker: ts.TypeChecker): RuleDocs {
  const missing = (what: string) => new Error(`${rule.name}: expected ${what}`);
  const tag = (name: string) => {
    const found = rule.getJsDocTags(checker).find((tag) => tag.name === name);
    const text = ts.displayPartsToString(found?.text).replace(/\s+/g, " ").trim();
    if (!text) throw missing(`@${name} in its comment`);
    return text;
  };
  const member = (of: ts.Symbol | undefined, name: string) => of && checker.getTypeOfSymbol(of).getProperty(name);
  const hyper = member(member(rule, "spec"), "hyper");
  if (!hyper) throw missing("a rule, with spec.hyper");
  const meanings = checker.getPropertiesOfType(checker.getTypeOfSymbol(hyper)).map((symbol) => {
    const from = source(symbol, checker);
    const meaning = docstring(symbol, checker) || (from && docstring(from, checker));
    if (!meaning)
      throw missing(`a comment with the meaning of ${symbol.name}${from ? `, at the member or at ${from.name}` : ""}`);
    return [symbol.name, meaning];
  });
  const text = docstring(rule, checker);
  if (!text) throw missing("a comment");
  return { formula: tag("formula"), paper: tag("paper"), text, meanings: Object.fromEntries(meanings) };
}

/** The rule that src/index.ts exports by this name. */
function ruleNamed(name: string): ts.Symbol {
  const { checker, entry } = sources();
  const module = checker.getSymbolAtLocation(entry);
  const rule = module && followed(checker.tryGetMemberInModuleExports(name, module), checker);
  if (!rule) throw new Error(`src/index.ts does not export ${name}`);
  return rule;
}

const known = new Map<string, RuleDocs>();

/** What the comments say of the rule with this name. */
export function ruleDocs(name: string): RuleDocs {
  const docs = known.get(name) ?? readRule(ruleNamed(name), sources().checker);
  known.set(name, docs);
  return docs;
}

/** The code of the tag `@example` of a rule, if it has one. The code leaves out the import of what it calls. */
export function ruleExample(name: string): string | undefined {
  const tags = ruleNamed(name).getJsDocTags(sources().checker);
  const text = ts.displayPartsToString(tags.find((tag) => tag.name === "example")?.text);
  return /^```ts\n(.*)```$/s.exec(text.trim())?.[1];
}
