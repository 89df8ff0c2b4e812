// The programs on the page of a rule.
import { observePeriod, settings } from "../../examples/landscapes/methods.js";
import { readRates } from "../../examples/landscapes/rates.js";
import { ruleExample } from "../../scripts/ruleDocs.js";
import * as library from "../../src/index.js";
import { convergenceOf } from "./convergence.js";
import type { AnyRule } from "./properties.js";

const isCalled = (code: string) => (name: string) => new RegExp(`(?<!\\w|\\w\\.)${name}\\(`).test(code);

/** The code, with an import of what it calls. */
function withImports(code: string): string {
  const names = Object.keys(library).filter(isCalled(code));
  return `import { ${names.join(", ")} } from "simdescent";\n${code}`;
}

/** The example of the rule's docstring, if it has one. */
export function docstringSample(name: string): string | undefined {
  const code = ruleExample(name);
  return code && withImports(code);
}

/** A descent on the bowl of docs/convergence.md, at the rate of its table, of as many steps as the rule needs there. */
export function descentSample({ spec }: AnyRule): string {
  const { name, hyper, observe, evaluate } = spec;
  const { shape, options } = settings[name as keyof typeof settings] ?? {};
  const { bowl } = readRates()[name];
  const [{ steps }] = convergenceOf(name);
  if (steps === undefined) throw new Error(`${name}: expected it to converge on the bowl`);
  const values = "Float32Array.of(-4, 1)";
  const rate = typeof bowl === "number" ? `${bowl}` : `exponentialDecay(${bowl[0]}, { factor: ${bowl[1]} })`;
  const given = { lr: rate, ...(hyper.weightDecay[0] !== 0 && { weightDecay: 0 }), ...options };
  const named = Object.entries(given).map(([option, value]) => `${option}: ${value}`);
  const observing = [
    `  if (opt.t % ${observePeriod} === 0) {`,
    "    opt.grads.point.fill(Math.sqrt(2)); // the root of both second derivatives",
    "    opt.observe();",
    "  }",
  ];
  const code = [
    `const start = ${shape ? `{ shape: [${shape.join(", ")}], values: ${values} }` : values};`,
    `const opt = ${name}({ point: start }, { ${named.join(", ")} });`,
    `for (let t = 0; t < ${steps}; t++) {`,
    ...(observe ? observing : []),
    "  const [x, y] = opt.params.point;",
    "  opt.grads.point.set([2 * x + y, x + 2 * y]); // the gradient of x² + xy + y²",
    "  opt.step();",
    "}",
    ...(evaluate ? ["opt.eval(); // shows the average"] : []),
    "console.log(Math.hypot(...opt.params.point) < 0.001); // prints true",
    "",
  ];
  return withImports(code.join("\n"));
}
