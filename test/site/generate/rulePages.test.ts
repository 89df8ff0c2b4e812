// The generated pages of rules have what specs, comments and docs/convergence.md say, in both languages.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ruleDocs, ruleExample } from "../../../scripts/ruleDocs.js";
import { ruleSummaries } from "../../../scripts/ruleSummaries.js";
import { convergenceOf } from "../../../site/generate/convergence.js";
import { koreanMeanings } from "../../../site/generate/korean/meanings.js";
import { locales } from "../../../site/generate/page.js";
import { allRules, groupOf, propertiesOf, specs } from "../../../site/generate/properties.js";
import { ruleTableData } from "../../../site/generate/ruleIndex.js";
import { rulePage } from "../../../site/generate/rulePage.js";
import { descentSample } from "../../../site/generate/samples.js";
import { strings } from "../../../site/generate/strings.js";
import { patience } from "../../support/patience.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The cells of all tables of a page. */
const rowsOf = (text: string) =>
  text
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.slice(2, -2).split(/ (?<!\\)\| /));

const pages = locales.flatMap((locale) =>
  allRules.map((rule) => ({ locale, rule, spec: rule.spec, name: rule.spec.name, text: String(rulePage(rule, locale).text) })),
);

describe.each(pages)("$locale $name", ({ locale, rule, spec, name, text }) => {
  const rows = rowsOf(text);

  test("has every option with its default and interval", () => {
    for (const [option, [value, interval]] of Object.entries(spec.hyper)) {
      const row = rows.find(([cell]) => cell === `\`${option}\``);
      expect(row, option).toBeDefined();
      const [, initial = "", range = ""] = row ?? [];
      expect(typeof value === "number" ? Number(initial.replaceAll("`", "")) : initial).toBe(
        typeof value === "number" ? value : `\`${value}\``,
      );
      expect(range).toBe(interval === "boolean" ? "true, false" : interval.replace("inf", "∞"));
    }
  });

  test("has every state array with PyTorch's name, and every number that it carries", () => {
    for (const [slot, layout] of Object.entries(spec.state)) {
      const row = rows.find(([cell, torch]) => cell.startsWith(`\`${slot}\``) && torch?.startsWith("`") && !(slot in spec.hyper));
      const torch = typeof layout === "string" ? layout : layout.torch;
      if (!(slot in spec.hyper)) expect(row?.[1], slot).toBe(`\`${torch}\``);
      else expect(text).toContain(`| \`${torch}\` |`);
    }
    for (const [number, value] of Object.entries(spec.carry ?? {})) expect(text).toContain(`\`${number}\` = ${value}`);
  });

  test("has the shapes that an optimizer's state has", () => {
    const { state } = rule({ matrix: [10, 784], vector: 10 }) as { state: Record<string, Record<string, Float32Array>> };
    const slots = rows.filter((row) => row.length === 5 && row[0].startsWith("`"));
    expect(slots.length).toBe(Object.keys(spec.state).length);
    for (const [slot, , matrix, vector] of slots) {
      const [, key = ""] = /^`(\w+)`/.exec(slot) ?? [];
      const layout = spec.state[key];
      if (typeof layout === "object" && layout.needs) continue; // left out by default
      const product = (shape: string) =>
        shape.startsWith("`") ? (JSON.parse(shape.replaceAll("`", "")) as number[]).reduce((a, b) => a * b, 1) : 0;
      expect([product(matrix), product(vector)]).toEqual([state[key].matrix?.length ?? 0, state[key].vector?.length ?? 0]);
    }
  });

  test("has the paper, the formula, a link to the playground, and the example of the docstring", () => {
    const { formula, paper } = ruleDocs(name);
    const [title, address] = paper.split(", http");
    expect(text).toContain(`[${title}](http${address})`);
    expect(text).toContain(`/playground#v=1&r=${name})`);
    const lines = [...text.matchAll(/ alttext="(.*?)"/g)].map(([, line]) => line.replaceAll("&lt;", "<").replaceAll("&gt;", ">"));
    expect(lines.join(" ").replaceAll(/\s/g, "")).toBe(formula.replaceAll(/; |\. |\s/g, ""));
    const example = ruleExample(name);
    if (example) expect(text).toContain(example);
  });

  test("has the steps of docs/convergence.md", () => {
    for (const { steps, rate, failure } of convergenceOf(name)) {
      const shown = steps?.toLocaleString("en") ?? failure?.distance ?? "";
      expect(rows.some(([, cell, at]) => cell?.includes(shown) && at === rate)).toBe(true);
    }
  });

  test("says what kind of text is in the language", () => {
    const words = strings[locale];
    for (const heading of [words.formula, words.options, words.state, words.properties, words.descent, words.convergence])
      expect(text).toContain(`\n## ${heading}\n`);
  });
});

test("docs/convergence.md has steps or a reason for every rule on every function", () => {
  for (const { name } of specs) {
    const found = convergenceOf(name);
    expect(found.length).toBe(4);
    for (const { steps, failure } of found) expect(steps ?? failure?.reason).toBeTruthy();
  }
  expect(convergenceOf("adam")[0]).toEqual({ on: "bowl", formula: "x² + xy + y²", rate: "0.2", steps: 154 });
});

/** What a program prints, in a process of its own, from the built package, as a reader would. */
const run = (code: string) =>
  execFileSync(process.execPath, ["--input-type=module", "--eval", code], { cwd: root, encoding: "utf8", timeout: patience });

/** All programs as one, to start one process. */
function together(programs: readonly string[]): string {
  const names = programs.flatMap((code) => /^import \{ (.*) \} from "simdescent";$/m.exec(code)?.[1].split(", ") ?? []);
  const blocks = programs.map((code) => `{\n${code.replace(/^import .*$/m, "")}}`);
  return [`import { ${[...new Set(names)].join(", ")} } from "simdescent";`, ...blocks].join("\n");
}

test("the descents print what they say, and reach the minimum no step earlier", () => {
  const samples = allRules.map(descentSample);
  const printed = run(together(samples)).trim().split("\n");
  expect(printed).toEqual(samples.map(() => "true"));
  const shorter = samples.map((code) => code.replace(/t < (\d+);/, (_, steps) => `t < ${Number(steps) - 1};`));
  const early = run(together(shorter)).trim().split("\n");
  expect(early).toEqual(samples.map(() => "false"));
});

describe("properties", () => {
  const names = (property: string) =>
    allRules.filter((rule) => (propertiesOf(rule) as string[]).includes(property)).map(({ spec }) => spec.name);

  test("momentum", () => {
    expect(names("momentum")).toEqual(expect.arrayContaining(["adam", "momentum", "nesterov", "qhm", "lion", "radam", "muon"]));
    for (const rule of ["sgd", "adagrad", "adadelta", "rmsprop", "rprop", "ftrl", "dog"])
      expect(names("momentum")).not.toContain(rule);
  });

  test("adaptive", () => {
    expect(names("adaptive")).toEqual(expect.arrayContaining(["adagrad", "adam", "rmsprop", "adadelta", "rprop", "signum"]));
    for (const rule of ["sgd", "momentum", "nesterov", "lars", "dog", "asgd"]) expect(names("adaptive")).not.toContain(rule);
  });

  test("the others", () => {
    expect(names("findsRate")).toEqual(["adadelta", "dog", "prodigy"]);
    expect(names("wholeTensor")).toEqual(["adafactor", "lamb", "lars", "muon", "novograd", "sm3"]);
    expect(names("averages")).toEqual(["asgd", "scheduleFreeAdamw", "scheduleFreeSgd"]);
    expect(names("littleState")).toContain("sgd");
    expect(names("littleState")).not.toContain("adam");
  });

  test("groups", () => {
    const groups = Object.fromEntries(allRules.map((rule) => [rule.spec.name, groupOf(rule)]));
    expect(groups).toMatchObject({
      sgd: "momentum",
      adagrad: "adaptive",
      adam: "both",
      prodigy: "findsRate",
      lars: "wholeTensor",
    });
  });
});

test("the table of all rules has each with its summary, link and properties", () => {
  const { rules, properties } = ruleTableData("en");
  expect(rules.map(({ name, summary }) => [name, summary])).toEqual(Object.entries(ruleSummaries));
  expect(ruleTableData("ko").rules.map(({ link }) => link)).toEqual(specs.map(({ name }) => `/ko/rules/${name}`));
  for (const { name } of properties) expect(rules.some((rule) => rule.properties.includes(name))).toBe(true);
});

test("every sentence of an option or a failure has a translation, and no translation is left over", () => {
  const meanings = specs.flatMap(({ name }) => Object.values(ruleDocs(name).meanings));
  const reasons = specs.flatMap(({ name }) => convergenceOf(name).flatMap(({ failure }) => failure?.reason ?? []));
  expect(Object.keys(koreanMeanings).sort()).toEqual([...new Set([...meanings, ...reasons])].sort());
  for (const korean of Object.values(koreanMeanings)) expect(korean).toMatch(/[가-힣]/);
});
