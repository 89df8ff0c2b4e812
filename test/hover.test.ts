// What an editor shows of the built package.

import { fileURLToPath } from "node:url";
import ts from "typescript";
import { beforeAll, expect, test, vi } from "vitest";
import { ruleDocs } from "../scripts/ruleDocs.js";
import type { OptionKind } from "../src/checks/options.js";
import * as checks from "../src/checks/options.js";
import type { Hyper, Spec } from "../src/engine/spec.js";
import { findRate, lbfgs, reduceOnPlateau, sgd, sharpness } from "../src/index.js";
import * as schedules from "../src/schedules/schedules.js";
import { allRules } from "./support/configurations.js";
import { Editor, type Shown } from "./support/editor.js";

vi.mock("../src/checks/options.js", { spy: true });

const packages = {
  library: "simdescent",
  tfjs: "simdescent/tfjs",
  optax: "simdescent/optax",
  testing: "simdescent/testing",
  node: "simdescent/node",
  opfs: "simdescent/opfs",
};
type Package = keyof typeof packages;

/** The text of a file. The test hovers over words with a place. */
type Text = (string | { readonly word: string; readonly place: string })[];

const imports = Object.entries(packages).map(([name, path]) => `import * as ${name} from "${path}";\n`);
const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const editor = new Editor();

/** What the editor shows at each place: `fit: count` is an option, `adam: groups[0]: lr` one of a group. */
const shown = new Map<string, Shown>();
/** Exported types without a comment, and members of exported types. */
const silent: string[] = [];

/** Whether a symbol is declared in the package. Private names are not. */
function isOurs({ name, declarations = [] }: ts.Symbol): boolean {
  const files = declarations.map((declaration) => declaration.getSourceFile().fileName);
  return files.some((file) => file.startsWith(dist)) && !/^(__[#@]|#)/.test(name);
}

/** An object with all options of a type; for a type that is no such object `null!`, which has every type. */
function options(type: ts.Type, where: string): Text {
  const { checker } = editor;
  for (const part of type.isUnion() ? type.types : [type]) {
    const element = checker.isArrayType(part) ? checker.getTypeArguments(part as ts.TypeReference)[0] : undefined;
    const members = (element ?? part).getProperties();
    if (part.getCallSignatures().length > 0 || members.length === 0 || !members.every(isOurs)) continue;
    const entries = members.flatMap((member): Text => {
      const place = `${where}${element ? "[0]" : ""}: ${member.name}`;
      return [{ word: member.name, place }, ": ", ...options(checker.getTypeOfSymbol(member), place), ", "];
    });
    return element ? ["[{ ", ...entries, "}]"] : ["{ ", ...entries, "}"];
  }
  return ["null!"];
}

/** A call of a function with all its options. */
function call(from: Package, name: string, where: string, { parameters }: ts.Signature): Text {
  const given: Record<string, Text> = { parameters: ["{ w: 1 }"], rule: ["library.adam"] };
  const values = parameters.map((symbol) => given[symbol.name] ?? options(editor.checker.getTypeOfSymbol(symbol), where));
  return [`${from}.`, { word: name, place: where }, "(", ...values.flatMap((value) => [...value, ", "]), ")"];
}

/** A rule, an optimizer of it, and every member that is named after a hyper-parameter or a state array. */
function use(from: Package, { name, hyper, state }: Spec, where: string, made: Text): Text {
  const paths = { hyper, current: hyper, "groups[0].hyper": hyper, ...(from === "library" ? { state } : {}) };
  const members = Object.entries(paths).flatMap(([path, names]) =>
    Object.keys(names).flatMap((word): Text => [`opt.${path}.`, { word, place: `${where}: ${path}.${word}` }, ";\n"]),
  );
  const rule = { word: name, place: `${where}: rule` };
  const opt = { word: "opt", place: `${where}: opt` };
  return [`{\n${from}.`, rule, ";\nconst ", opt, " = ", ...made, ";\n", ...members, "}\n"];
}

/** Code that uses all exports of a package. */
function useAll(from: Package, specifier: ts.Expression): Text {
  const { checker } = editor;
  const says = (symbol: ts.Symbol) => symbol.getDocumentationComment(checker).length > 0;
  return checker.getExportsOfModule(checker.getSymbolAtLocation(specifier) as ts.Symbol).flatMap((symbol) => {
    const { name } = symbol;
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    if (target.flags & ts.SymbolFlags.Type) {
      const members = checker.getDeclaredTypeOfSymbol(target).getProperties().filter(isOurs);
      silent.push(...[target, ...members].filter((symbol) => !says(symbol)).map((symbol) => `${from}.${name}: ${symbol.name}`));
    }
    const [signature] = target.flags & ts.SymbolFlags.Value ? checker.getTypeOfSymbol(target).getCallSignatures() : [];
    if (!signature) return [];
    const where = from === "library" ? name : `${from}.${name}`;
    const made = call(from, name, where, signature);
    const spec = allRules.find(({ spec }) => spec.name === name)?.spec;
    return spec ? use(from, spec, where, made) : [...made, ";\n"];
  });
}

beforeAll(() => {
  editor.open(imports.join(""));
  const specifiers = editor.source.statements.filter(ts.isImportDeclaration).map(({ moduleSpecifier }) => moduleSpecifier);
  const names = Object.keys(packages) as Package[];
  const text = [...imports, ...names.flatMap((from, i) => useAll(from, specifiers[i] as ts.Expression))];
  editor.open(text.map((piece) => (typeof piece === "string" ? piece : piece.word)).join(""));
  let position = 0;
  for (const piece of text) {
    if (typeof piece === "object") shown.set(piece.place, editor.hover(position));
    position += (typeof piece === "string" ? piece : piece.word).length;
  }
});

/** What is shown there, without the names that this file gives to packages. */
function at(place: string): Shown {
  const { type, text } = shown.get(place) ?? { type: "", text: "" };
  return { type: type.replaceAll(/\b(library|rules|tfjs)\./g, ""), text };
}

test("the file compiles: all options are those of the package", () => {
  expect(editor.errors).toEqual([]);
});

test("nothing is without an explanation", () => {
  expect(shown.size).toBeGreaterThan(1000);
  const author = "defineRule: hyper: lr"; // shows the comment that the rule's author writes there
  const places = [...shown].filter(([place, { text }]) => text === "" && !place.endsWith(": opt") && place !== author);
  expect(places.map(([place]) => place)).toEqual([]);
  expect(silent).toEqual([]);
});

/** A rule in both packages. */
const table = allRules.flatMap(({ spec }) => [
  { where: spec.name, type: `Optimizer<{\n    readonly w: 1;\n}`, spec },
  { where: `tfjs.${spec.name}`, type: "TfjsOptimizer<", spec },
]);

test.each(table)("$where: hyper-parameters show meaning, default and interval, wherever they are", ({ where, spec }) => {
  const { meanings } = ruleDocs(spec.name);
  for (const [name, [value, interval, fixed]] of Object.entries<Hyper>(spec.hyper)) {
    const range = interval === "boolean" ? "." : `, in ${interval}.`;
    const text = `${meanings[name]} Default ${value}${range}${fixed ? " Read at construction." : ""}`;
    const places = [`: ${name}`, `: groups[0]: ${name}`, `: hyper.${name}`, `: current.${name}`, `: groups[0].hyper.${name}`];
    for (const place of places) expect(at(where + place).text, place).toBe(text);
  }
});

test.each(table)("$where: the types of rule and optimizer are short, and the rule says what it is", ({ where, type, spec }) => {
  const types = `${spec.name.charAt(0).toUpperCase()}${spec.name.slice(1)}`;
  const opt = at(`${where}: opt`).type;
  expect(opt).toContain(type);
  expect(opt).toContain(`${types}Hypers`);
  expect(opt.length).toBeLessThan(120);
  // On its own, and where it is called.
  expect(at(`${where}: rule`).type).toContain(`${types}Hypers`);
  expect(at(`${where}: rule`).type.length).toBeLessThan(120);
  const { formula, paper } = ruleDocs(spec.name);
  for (const place of [where, `${where}: rule`]) {
    const [sentences = "", after] = at(place).text.split(`\n\n\`${formula}\`\n\n`);
    expect(sentences.length).toBeGreaterThan(30);
    expect(after).toBe(paper);
  }
});

/** The value that a comment calls the default. */
function defaultIn(text: string): unknown {
  const word = text.match(/\bDefault ("\w+"|[^\s,;]*[^\s,;.])/)?.[1];
  return word === undefined ? undefined : JSON.parse(word);
}

test("defaults and intervals in comments are those that the code checks", () => {
  const opt = sgd({ w: 1 });
  const calls: (() => unknown)[] = [
    ...Object.values(schedules).map((schedule) => () => (schedule as (...args: unknown[]) => unknown)(1, {})),
    () => reduceOnPlateau(1),
    () => findRate(opt, {} as never),
    () => sharpness(opt, () => 0),
    () => sgd({ w: 1 }, { ema: true, lookahead: true, sam: true, noise: { eta: 1 }, lossScale: true }),
    () => sgd({ w: 1 }, { swa: true }),
  ];
  for (const call of calls) {
    try {
      call();
    } catch {} // a required option is missing; the table is known by then
  }
  const spies = [vi.mocked(checks.checkOptions), vi.mocked(checks.checkFeature)];
  const known = new Map(spies.flatMap(({ mock }) => mock.calls.map(([where, , table]) => [where, table] as const)));
  expect(known.size).toBeGreaterThanOrEqual(22);
  for (const [where, options] of known) {
    for (const [name, [kind, value]] of Object.entries<OptionKind>(options)) {
      const place = `${where}: ${name}`;
      const { text } = at(place);
      if (value !== undefined) expect(defaultIn(text), place).toBe(value);
      if (typeof kind === "number") expect(text, place).toMatch(new RegExp(`integers? (of at least|from) ${kind}\\b`));
      else if (/^[[(]/.test(String(kind))) expect(text.toLowerCase(), place).toContain(`in ${kind}`);
    }
  }
  for (const [, name = "", value = ""] of lbfgs({ w: 1 }).summary.matchAll(/(\w+): ([\w.-]+|"\w+")(?=,|$)/g))
    if (name !== "evaluations") expect(defaultIn(at(`lbfgs: ${name}`).text), name).toBe(JSON.parse(value));
});

test("a rule of one's own shows the comments of its hyper-parameters, and calls complete its names", () => {
  const own = new Editor();
  const text = `import { defineRule } from "simdescent";
const mine = defineRule({
  name: "mine",
  hyper: {
    /** Step size. */
    lr: [1e-2, "[0,inf)"],
    /** Decay of the mean. */
    beta: [0.9, "[0,1)"],
  },
  state: {
    /** The mean. */
    m: "exp_avg",
  },
  update({ p, g, m }, { beta }) {
    for (let i = 0; i < p.length; i++) p[i] -= m[i] = beta * m[i] + g[i];
  },
});
const opt = mine({ w: 1 }, { beta: 0.5 });
opt.hyper.lr;
opt.current.beta;
opt.hyper.weightDecay;
opt.state.m.w;
`;
  own.open(text);
  expect(own.errors).toEqual([]);
  const shown = (before: string, word: string) => own.hover(text.indexOf(before) + before.length - word.length);
  expect(shown("opt.hyper.lr", "lr").text).toBe("Step size.");
  expect(shown("opt.current.beta", "beta").text).toBe("Decay of the mean.");
  expect(shown("{ w: 1 }, { beta", "beta").text).toBe("Decay of the mean.");
  expect(shown("update({ p, g, m }, { beta", "beta").text).toBe("Decay of the mean.");
  expect(shown("opt.hyper.weightDecay", "weightDecay")).toMatchObject({ type: expect.stringContaining("number | Schedule") });
  expect(shown("opt.state.m", "m").text).toBe("The mean.");
});
