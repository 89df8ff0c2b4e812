// The page of a rule, from its spec, its comments and docs/convergence.md.
import { ruleDocs } from "../../scripts/ruleDocs.js";
import { ruleSummaries } from "../../scripts/ruleSummaries.js";
import { floats, number, paper, row, type SlotLayout, slots } from "../../scripts/ruleTables.js";
import { slotShape } from "../../src/engine/slots.js";
import type { Hyper, Spec } from "../../src/engine/spec.js";
import { rules } from "../../src/index.js";
import { type Convergence, convergenceOf } from "./convergence.js";
import { linesOf, mathml } from "./formula/mathml.js";
import { koreanMeanings } from "./korean/meanings.js";
import { koreanSummaries, koreanTexts } from "./korean/rules.js";
import { frontMatter, type Locale, type Page, prefix } from "./page.js";
import { type AnyRule, groupOf, propertiesOf } from "./properties.js";
import { descentSample, docstringSample } from "./samples.js";
import { koreanFunctions, strings } from "./strings.js";

type Name = keyof typeof rules;

const table = (...rows: readonly (readonly string[])[]) => {
  const [head, ...body] = rows;
  return [row(head), row(head.map(() => "---")), ...body.map(row)].join("\n");
};

/** A sentence of the docstrings, in the language. A sentence without a translation stays English. */
const translated = (locale: Locale, english: string) => (locale === "ko" ? (koreanMeanings[english] ?? english) : english);

export const summaryOf = (name: string, locale: Locale) => (locale === "ko" ? koreanSummaries : ruleSummaries)[name as Name];

/** Bytes of state per parameter. */
export function bytesOf(spec: Spec, locale: Locale): string {
  const { bytesWith, bytesRoom } = strings[locale];
  const parts = floats(spec).split(" + ");
  const texts = parts.map((part) => {
    const [, amount, option] = /^([\d.]+)(?: with `(\w+)`| of the largest tensor)?$/.exec(part) ?? [];
    if (amount === undefined) throw new Error(`${spec.name}: state: got ${part}`);
    const bytes = String(4 * Number(amount));
    if (option) return bytesWith(bytes, option);
    return part === amount ? bytes : bytesRoom(bytes);
  });
  return texts.join(" + ");
}

/** Names of other rules become links. A name can also be that of an option: those stay. */
function withLinks(text: string, spec: Spec, locale: Locale): string {
  return text.replace(/`(\w+)`/g, (code, name) =>
    name in rules && name !== spec.name && !(name in spec.hyper) ? `[${code}](${prefix(locale)}/rules/${name})` : code,
  );
}

function formula(spec: Spec, locale: Locale): string {
  const options = new Set(Object.keys(spec.hyper));
  const lines = linesOf(ruleDocs(spec.name).formula).map((line) => `<div>${mathml(line, options)}</div>`);
  const note = strings[locale].formulaNote(`${prefix(locale)}/rules/#reading-the-formulas`);
  const box = `<div class="formula" role="group" tabindex="0" aria-label="${strings[locale].formula}">`;
  return [`${box}\n${lines.join("\n")}\n</div>`, note].join("\n\n");
}

export const intervalText = ([, interval]: Hyper, locale: Locale) =>
  interval === "boolean" ? strings[locale].trueOrFalse : interval.replace("inf", "∞");

export const defaultText = ([value]: Hyper) => (typeof value === "number" ? number(value) : String(value));

function options({ name, hyper }: Spec, locale: Locale): string {
  const { option, default: initial, interval, meaning, fixed } = strings[locale];
  const { meanings } = ruleDocs(name);
  const rows = Object.entries(hyper).map(([option, given]) => {
    const sentence = translated(locale, meanings[option]) + (given[2] ? ` ${fixed}` : "");
    return [`\`${option}\``, `\`${defaultText(given)}\``, intervalText(given, locale), sentence];
  });
  return table([option, initial, interval, meaning], ...rows);
}

/** The shape of a state array for a tensor of this shape. */
function shapeText(layout: SlotLayout, shape: readonly number[], locale: Locale): string {
  const own = slotShape(layout, shape);
  return own.length === 1 && own[0] === 0 ? strings[locale].leftOut : `\`[${own.join(", ")}]\``;
}

function state(spec: Spec, locale: Locale): string {
  const words = strings[locale];
  const bytes = words.bytes(bytesOf(spec, locale));
  const carried = Object.entries(spec.carry ?? {}).map(([name, value]) => `\`${name}\` = ${value}`);
  const carry = carried.length > 0 ? [`${words.carry} ${carried.join(", ")}.`] : [];
  const list = slots(spec);
  if (list.length === 0) return [words.noState, ...carry].join("\n\n");
  const rows = list.map(([name, layout]) => [
    `\`${name}\`${layout.needs ? ` (${words.needed(layout.needs)})` : ""}`,
    `\`${layout.torch}\``,
    shapeText(layout, [10, 784], locale),
    shapeText(layout, [10], locale),
    layout.start ? `\`${layout.start}\`` : "0",
  ]);
  const head = [words.slot, words.inPyTorch, words.matrixShape, words.vectorShape, words.startsAt];
  return [words.slotsNote, table(head, ...rows), bytes, ...carry].join("\n\n");
}

function properties(rule: AnyRule, locale: Locale): string {
  const { property, propertyMeaning, defaultDecay } = strings[locale];
  const others = propertiesOf(rule).filter((name) => name !== "decoupled"); // the last line says so
  const items = others.map((name) => `- **${property[name]}**: ${propertyMeaning[name]}`);
  return [...items, `- ${defaultDecay(rule.spec.decay ?? "l2")}`].join("\n");
}

const functionTitle = (title: string, locale: Locale) => (locale === "ko" ? koreanFunctions[title] : title);

function convergence(found: readonly Convergence[], locale: Locale): string {
  const words = strings[locale];
  const rows = found.map(({ on, formula, rate, steps, failure }) => [
    `${functionTitle(on, locale)}: ${formula}`,
    steps === undefined ? words.notConverged(failure?.distance ?? "") : steps.toLocaleString("en"),
    rate,
  ]);
  const reasons = found.flatMap(({ on, failure }) =>
    failure ? [words.because(functionTitle(on, locale), translated(locale, failure.reason))] : [],
  );
  const note = words.convergenceNote(`${prefix(locale)}/guide/convergence${locale === "en" ? "#how-it-was-measured" : ""}`);
  return [note, table([words.function, words.steps, words.rate], ...rows), ...reasons].join("\n\n");
}

/** The styles of formulas, a path from the page. */
const stylesOf = (locale: Locale) => `<style src="${locale === "ko" ? "../" : ""}../../generate/rules.css"></style>`;

const block = (code: string) => `\`\`\`js\n${code}\`\`\``;

export function rulePage(rule: AnyRule, locale: Locale): Page {
  const { spec } = rule;
  const { name } = spec;
  const words = strings[locale];
  const text = withLinks(locale === "ko" ? koreanTexts[name as Name] : ruleDocs(name).text, spec, locale);
  const example = docstringSample(name);
  const sections = [
    `# ${name}`,
    text,
    `${words.paper}: ${paper(spec)} · [${words.openPlayground}](${prefix(locale)}/playground#v=1&r=${name})`,
    `## ${words.formula}`,
    formula(spec, locale),
    `## ${words.options}`,
    options(spec, locale),
    words.optionsNote(`${prefix(locale)}/guide/optimizer${locale === "en" ? "#options" : ""}`),
    `## ${words.state}`,
    state(spec, locale),
    `## ${words.properties}`,
    properties(rule, locale),
    ...(example ? [`## ${words.example}`, block(example)] : []),
    `## ${words.descent}`,
    words.descentNote,
    block(descentSample(rule)),
    `## ${words.convergence}`,
    convergence(convergenceOf(name), locale),
    stylesOf(locale),
    "",
  ];
  const fields = { title: name, description: `${name}: ${summaryOf(name, locale)}`, group: groupOf(rule) };
  return { path: `${locale === "ko" ? "ko/" : ""}rules/${name}.md`, text: frontMatter(fields) + sections.join("\n\n") };
}
