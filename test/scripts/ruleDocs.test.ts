// What scripts/ruleDocs.ts reads from comments, and what it misses.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RuleDocs, readRule, ruleDocs } from "../../scripts/ruleDocs.js";
import { allRules } from "../support/configurations.js";

/** What the rules of this test are made from. */
const constants = `
  type Entry = readonly [value: number, interval: string];
  /** Is in a constant. */
  export const constant: Entry = [0, "[0,inf)"];
  /** Comes from a function. */
  export const made = (value: number): Entry => [value, "[0,inf)"];
  export const silent: Entry = [0, "[0,inf)"];
  export const shared = {
    /** Is shared. */
    a: [1, "[0,inf)"],
    /** Is replaced. */
    b: [1, "[0,inf)"],
    constant,
  } as const;
  export const define = <const H extends { readonly [name: string]: Entry }>(spec: { readonly hyper: H }) => ({ spec });`;

const comment = `/**
  * Novel: says
  * what it is.
  * @formula m ← g;
  *   p ← p − lr·m
  * @paper Author & Author 2000, https://doi.org/1
  * @example
  * novel();
  */`;

const complete = `
  ...shared,
  /** Replaces b. */
  b: [2, "[0,inf)"],
  made: made(3),
  named: constant,
  /** Has a comment of its own. */
  own: made(4)`;

const incomplete: [what: string, comment: string, hyper: string, message: string][] = [
  ["comment", "", "constant", "expected a comment"],
  ["text", comment.replace(/Novel.*\n.*/, ""), "constant", "expected a comment"],
  ["formula", comment.replace("@formula", "@other"), "constant", "expected @formula in its comment"],
  ["paper", comment.replace(/@paper .*/, "@paper"), "constant", "expected @paper in its comment"],
  ["meaning", comment, 'lr: [1, "[0,inf)"]', "expected a comment with the meaning of lr"],
  ["meaning of a new member", comment, '...shared, b: [2, "[0,inf)"]', "expected a comment with the meaning of b"],
  ["meaning of a constant", comment, "silent", "expected a comment with the meaning of silent, at the member or at silent"],
  [
    "meaning of a renamed constant",
    comment,
    "lr: silent",
    "expected a comment with the meaning of lr, at the member or at silent",
  ],
];

const folder = mkdtempSync(join(tmpdir(), "simdescent-rule-docs-"));

/** A rule a file: the complete one, then the incomplete ones. */
const novels = [[comment, complete], ...incomplete.map(([, comment, hyper]) => [comment, hyper])];
const files = novels.map((_, i) => join(folder, `novel${i}.ts`));

let program: ts.Program;

beforeAll(() => {
  writeFileSync(join(folder, "constants.ts"), constants);
  for (const [i, [comment, hyper]] of novels.entries())
    writeFileSync(
      files[i],
      `import { constant, define, made, shared, silent } from "./constants.js";
      ${comment}
      export const novel = define({ hyper: { ${hyper} } });
      export const others = [constant, made, shared, silent];`,
    );
  const { NodeNext } = ts.ModuleKind;
  const target = ts.ScriptTarget.ES2022;
  program = ts.createProgram(files, {
    module: NodeNext,
    target,
    lib: ["lib.es2022.d.ts"],
    strict: true,
    noEmit: true,
    types: [],
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Reads the rule of a file. */
function read(file: string): RuleDocs {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file) as ts.Node) as ts.Symbol;
  return readRule(checker.tryGetMemberInModuleExports("novel", module) as ts.Symbol, checker);
}

test("the rules of this test compile", () => {
  expect(ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText)).toEqual([]);
});

test("comments of members, of spread objects, of constants and of functions", () => {
  expect(read(files[0])).toEqual({
    text: "Novel: says what it is.",
    formula: "m ← g; p ← p − lr·m",
    paper: "Author & Author 2000, https://doi.org/1",
    meanings: {
      a: "Is shared.",
      b: "Replaces b.",
      constant: "Is in a constant.",
      made: "Comes from a function.",
      named: "Is in a constant.",
      own: "Has a comment of its own.",
    },
  });
});

test.each(incomplete.map(([what, , , message], i) => ({ what, message, file: files[i + 1] })))(
  "no $what is an error",
  ({ message, file }) => {
    expect(() => read(file)).toThrow(new Error(`novel: ${message}`));
  },
);

test("every meaning is a sentence, and every paper has an address", () => {
  for (const { spec } of allRules) {
    const { meanings, paper } = ruleDocs(spec.name);
    expect(Object.keys(meanings).sort()).toEqual(Object.keys(spec.hyper).sort());
    for (const [name, meaning] of Object.entries(meanings)) expect(meaning, `${spec.name}: ${name}`).toMatch(/^[A-Z].*[^.]\.$/);
    expect(paper, spec.name).toMatch(/^.+ \d{4}, https:\/\/\S+$/);
  }
});

test("a name that is no rule is an error", () => {
  expect(() => ruleDocs("adamm")).toThrow(new Error("src/index.ts does not export adamm"));
  expect(() => ruleDocs("cosineDecay")).toThrow(new Error("cosineDecay: expected a rule, with spec.hyper"));
});
