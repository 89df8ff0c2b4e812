// Formulas of docstrings in MathML: nothing of a line is lost, and operators bind as in the line.
import { describe, expect, test } from "vitest";
import { ruleDocs } from "../../../scripts/ruleDocs.js";
import { linesOf, mathml } from "../../../site/generate/formula/mathml.js";
import { specs } from "../../../site/generate/properties.js";

const none = new Set<string>();
const drawn = (line: string, names: ReadonlySet<string> = none) =>
  mathml(line, names)
    .replace(/^<math [^>]*>|<\/math>$/g, "")
    .replace(/ (form|fence|stretchy)="\w+"/g, "");

/** The letters, digits and signs of a line, without what a drawing shows by positions: brackets, slashes, roots. */
const letters = (text: string) =>
  [...text.normalize("NFKD").replace(/[\s()/^√∛·⁄]|\u0302/gu, "")].map((sign) => (sign === "'" ? "′" : sign)).sort();

/** What a drawing shows, by its letters. An index of a root or an exponent of 10 is no letter of the line. */
const shown = (markup: string) =>
  markup
    .replaceAll("<mn>3</mn></mroot>", "")
    .replace(/<msup><mn>10<\/mn><mn>−(\d+)<\/mn><\/msup>/g, "1e-$1")
    .replace(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">");

describe.each(specs)("$name", ({ name, hyper }) => {
  test.each(linesOf(ruleDocs(name).formula))("%s", (line) => {
    expect(letters(shown(drawn(line, new Set(Object.keys(hyper)))))).toEqual(letters(line));
  });
});

test.each([
  ["a·b/c·d", "<mrow><mfrac><mrow><mi>a</mi><mo>·</mo><mi>b</mi></mrow><mi>c</mi></mfrac><mo>·</mo><mi>d</mi></mrow>"],
  ["(x + y)/(z)", "<mfrac><mrow><mi>x</mi><mo>+</mo><mi>y</mi></mrow><mi>z</mi></mfrac>"],
  ["√v̂", "<msqrt><mover><mi>v</mi><mo>^</mo></mover></msqrt>"],
  ["x²/2", "<mfrac><msup><mi>x</mi><mn>2</mn></msup><mn>2</mn></mfrac>"],
  ["2t", "<mrow><mn>2</mn><mi>t</mi></mrow>"],
  ["ρ∞", "<msub><mi>ρ</mi><mi>∞</mi></msub>"],
  ["0.96^(t·s)/2", "<mfrac><msup><mn>0.96</mn><mrow><mi>t</mi><mo>·</mo><mi>s</mi></mrow></msup><mn>2</mn></mfrac>"],
  ["‖s‖₁", "<msub><mrow><mo>‖</mo><mi>s</mi><mo>‖</mo></mrow><mi>1</mi></msub>"],
])("%s", (line, markup) => {
  expect(drawn(line)).toBe(markup);
});

test("words of a sentence are words, names of options are names", () => {
  const names = new Set(["momentum"]);
  expect(drawn("momentum·b if a norm is 0", names)).toContain("<mi>momentum</mi>");
  expect(drawn("momentum·b if a norm is 0", names)).toContain("<mtext>\u00a0if a norm is\u00a0</mtext>");
});

test.each(["p ← p − $", "(p", "p ← p ·"])("%s is an error", (line) => {
  expect(() => drawn(line)).toThrow(/^formula: /);
});
