// Writes the files of a new rule, a mean of gradients to start from: npm run new-rule -- name
// They compile. What is left to write says so; test/scripts/newRule.test.ts lists it.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../", import.meta.url);

/** What marks a place that is left to write. */
export const toWrite = "TO WRITE";

const kernel = (name: string) => `import {
  Full, gain, get, gradient, hold, isPlain, isUsual, lerp, moved, mul, offset, Plain, pull, put, scalar, simd, Usual, vectors,
  width,
} from "../lanes";

// ${toWrite}: name, authors, year and address of the paper; then the formula, of which this is an example
//   x  = scale * g + l2 * p
//   m <- lerp(m, x, gain1)
//   p <- p - decay * p - rate * m
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, m: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, m, c); return; }
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, p, g, m, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2), Rate = scalar<T>(c, 3);
  const Gain1 = gain<T>(c, 0), Hold1 = hold<T, F>(c, 0), Pull1 = pull<T, F>(c, 0);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const mi = lerp<T, F>(get<T>(m + i), xi, Gain1, Hold1, Pull1);
    put(m + i, mi);
    put(p + i, moved<T, F>(pi, mul(Rate, mi), Decay));
    i += width<T>();
  } while (i < end);
}

export function ${name}(begin: u32, end: u32, p: usize, g: usize, m: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, m, c);
  sweep<f32, Full>(whole, last, p, g, m, c);
}
`;

const spec = (name: string) => `import * as kernels from "../kernels/generated.js";
import { weightDecay } from "./constants.js";
import { define } from "./define.js";

/**
 * ${toWrite}: what the rule is, and when to use it.
 * @formula ${toWrite}: in the letters of the paper; here m ← beta1·m + (1 − beta1)·g; p ← p − lr·m
 * @paper ${toWrite}: Author & Author 2000, https://doi.org/
 */
export const ${name} = define({
  name: "${name}",
  // ${toWrite}: the hyper-parameters, each with its meaning as a comment, default and interval
  hyper: {
    /** Step size. */
    lr: [1e-3, "[0,inf)"],
    /** Decay of the mean of gradients. */
    beta1: [0.9, "[0,1)"],
    weightDecay,
  },
  // ${toWrite}: the modules of the kernels that the passes below call
  kernels: [kernels.${name}],
  // ${toWrite}: the arrays of the state, each with its name in PyTorch
  state: { m: "exp_avg" },
  // ${toWrite}: the scalars of the kernel, under the names that it gives them, and the gains of its averages
  scalars(args, { lr, beta1 }) {
    args.scalars<"${name}">("rate", lr);
    args.gains(1 - beta1);
  },
  elementPass(k, { begin, end, c }, { p, g, m }) {
    k.${name}(begin, end, p, g, m, c);
  },
});
`;

const reference = (name: string) => `
  ${name}() {
    throw new Error("${name} has no reference. ${toWrite}: the plain loop of its paper, in test/support/reference.ts");
  },
`;

const read = (path: string) => readFileSync(new URL(path, root), "utf8");

/** The text with a line more, where its name belongs among the lines that the pattern finds: they are in the order of their names. */
function insertLine(path: string, name: string, pattern: RegExp, line: string): string {
  const text = read(path);
  const found = [...text.matchAll(pattern)];
  const next = found.find(([, other = ""]) => other.toLowerCase() > name.toLowerCase());
  const last = found.at(-1);
  if (!last) throw new Error(`${path} expected lines like ${pattern}`);
  const at = next ? next.index : last.index + last[0].length;
  return `${text.slice(0, at)}${line}\n${text.slice(at)}`;
}

/** The text with the entry at the end of its last object. */
function insertLast(path: string, entry: string): string {
  const text = read(path);
  const at = text.lastIndexOf("};");
  return text.slice(0, at) + entry + text.slice(at);
}

/** The files whose exported names are taken. */
const exporting = ["src/rules/index.ts", "src/index.ts", "src/schedules/schedules.ts", "assembly/index.ts", "assembly/lanes.ts"];

/** The names that a file exports. */
const exportsOf = (path: string): string[] =>
  [...read(path).matchAll(/^export (?:(?:const|function|type|interface|class) (\w+)|\{([^}]*)\}|\* as (\w+))/gm)].flatMap(
    ([, one, several, namespace]) => several?.match(/\w+(?=\s*(?:,|$))/g) ?? one ?? namespace ?? [],
  );

/** Throws unless a rule may have this name. */
function checkName(name: string): void {
  const wrong = (expected: string, why = "") => new Error(`npm run new-rule -- name: expected ${expected}, got "${name}"${why}`);
  if (!/^[a-z][A-Za-z0-9]*$/.test(name)) throw wrong("a name of letters and digits, like adam or scheduleFreeSgd");
  try {
    new Function(`"use strict"; const ${name} = 0;`);
  } catch {
    throw wrong("a name that JavaScript does not reserve");
  }
  if (name === "sweep") throw wrong("a free name", ": the loop of every kernel has it");
  if (name === "engine") throw wrong("a free name", ": the module of the engine's kernels has it");
  const same = (other: string) => other.toLowerCase() === name.toLowerCase(); // file systems may not tell them apart
  const taken = exporting.find((path) => exportsOf(path).some(same));
  if (taken) throw wrong("a free name", `: ${taken} exports it`);
  const file = [`src/rules/${name}.ts`, `assembly/rules/${name}.ts`].find((path) => existsSync(new URL(path, root)));
  if (file) throw wrong("a free name", `: ${file} exists`);
}

/** The files of a new rule, and their texts. */
function filesOf(name: string): [path: string, text: string][] {
  const line = (path: string, pattern: RegExp, text: string): [string, string] => [path, insertLine(path, name, pattern, text)];
  return [
    [`assembly/rules/${name}.ts`, kernel(name)],
    line("assembly/index.ts", /^export \{ (\w+) \} from "\.\/rules\/.*\n/gm, `export { ${name} } from "./rules/${name}";`),
    [`src/rules/${name}.ts`, spec(name)],
    line("src/rules/index.ts", /^export \{ (\w+) \} from .*\n/gm, `export { ${name} } from "./${name}.js";`),
    line("src/adapters/tfjs/index.ts", /^export const (\w+) = wrap\(.*\n/gm, `export const ${name} = wrap(rules.${name});`),
    line("scripts/ruleSummaries.ts", /^ {2}(\w+): ".*\n/gm, `  ${name}: "${toWrite}: what the rule does, in a line",`),
    ["test/support/reference.ts", insertLast("test/support/reference.ts", reference(name))],
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name = ""] = process.argv.slice(2);
  try {
    checkName(name);
    // All texts first: when one cannot be made, nothing is written.
    const files = filesOf(name);
    for (const [path, text] of files) writeFileSync(new URL(path, root), text);
    console.log(`Written: ${files.map(([path]) => path).join(", ")}.`);
    console.log(
      `Next: npm run build, then npx vitest run test/scripts/newRule.test.ts says what is left. CONTRIBUTING.md has all steps.`,
    );
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
