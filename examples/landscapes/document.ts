// docs/convergence.md: the number of steps of every method on every landscape.
import { readFileSync, writeFileSync } from "node:fs";
import { budget, farthest, tolerance } from "./descent.js";
import { landscapeNames, landscapes } from "./landscapes.js";
import { constants, decaying, observePeriod, type Rate } from "./methods.js";
import type { Result, Row } from "./results.js";

const file = new URL("../../docs/convergence.md", import.meta.url);

const integer = (n: number) => n.toLocaleString("en");
const lines = (rows: readonly (readonly string[])[]) => rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
const point = ([x, y]: readonly [number, number]) => `(${x}, ${y})`.replaceAll("-", "−");

function functions(): string {
  const rows = Object.values(landscapes).map(({ title, formula, source, start, minimum }) => {
    return [`**${title}**`, formula, point(start), point(minimum), source];
  });
  return lines([["", "function of x and y", "start", "minimum", ""], ["---", "---", "---", "---", "---"], ...rows]);
}

const rateText = (rate: Rate) => (typeof rate === "number" ? `${rate}` : `${rate[0]}·${rate[1]}ᵗ`);

function cell({ steps, distance, rate }: Result, fewest: number): string {
  if (steps === undefined) return `*no: ${distance.toPrecision(2)} away* at ${rateText(rate)}`;
  return `${steps === fewest ? `**${integer(steps)}**` : integer(steps)} at ${rateText(rate)}`;
}

/** A line of the table for each method. */
export function tableRows(rows: readonly Row[]): string[] {
  const fewest = landscapeNames.map((name) => Math.min(...rows.map(({ on }) => on[name].steps ?? Infinity)));
  return rows.map(({ method, on }) => lines([[`\`${method}\``, ...landscapeNames.map((name, i) => cell(on[name], fewest[i]))]]));
}

function table(rows: readonly Row[]): string {
  const titles = landscapeNames.map((name) => landscapes[name].title);
  return [
    lines([
      ["rule", ...titles],
      ["---", ...titles.map(() => "---")],
    ]),
    ...tableRows(rows),
  ].join("\n");
}

function failures(rows: readonly Row[]): string {
  const failed = rows.flatMap(({ method, on }) =>
    landscapeNames
      .filter((name) => on[name].steps === undefined)
      .map((name) => `- \`${method}\` on ${landscapes[name].title}: ${on[name].reason}.`),
  );
  return failed.length === 0 ? "" : `\n${["At none of the rates these converge:", "", ...failed].join("\n")}\n`;
}

export const writtenDocument = () => readFileSync(file, "utf8");

export const writeDocument = (rows: readonly Row[]) => writeFileSync(file, document(rows));

export const document = (rows: readonly Row[]) => `<!-- Written by npm run landscapes. -->

# Convergence on four landscapes

${functions()}

The axes of the bowl and of the valley (κ = 10⁴) are tilted against the coordinates. If they were aligned, a rule that scales each
coordinate would solve two problems of one variable, and the condition number would not matter.

## Steps needed

${table(rows)}
${failures(rows)}
### How it was measured

- **Converged.** A run has converged at the first step after which its distance to the minimum stays below ${tolerance}, until ${integer(budget)} steps
  are done. Runs that go more than ${farthest} times as far from the minimum as the start are discarded. The parameters are f32. Near (1, 1) they are
  10⁻⁷ apart, and at the end of Rosenbrock's valley the steps of \`sgd\` are only a few times as long.
- **Learning rate.** It stands after the word *at*; a·bᵗ is \`exponentialDecay(a, { factor: b })\`, where t counts the steps. It is the best of ${constants.length}
  constant rates: 1, 2 and 5 times the powers of ten from ${constants[0]} to ${constants.at(-1)}. A decaying rate stands there if it needs less than half the
  steps: the best of ${decaying.length}, which start at the same rates and decay by factors 1 − 0.5, 1 − 0.2, 1 − 0.1, … 1 − 0.00001.
- **Other options** have their defaults, with these exceptions. \`weightDecay\` is 0, because it would move the minimum; so \`adamw\` equals
  \`adam\`. \`dog\` and \`prodigy\` find their rate, and start at 1 as their authors advise. \`lbfgs\` has a rate of 1; its steps are evaluations
  of the gradient, and a line search needs one or more. \`muon\` gets the point as a matrix of one row. \`sophia\` has a \`batchSize\` of 1 and
  observes the square roots of the curvatures (Gauss–Newton) every ${observePeriod} steps.
- **Averages.** For rules that have evaluation weights, the distance is that of the parameters after \`eval()\`.

### What to see

There are two parameters, one start and no noise. The table shows how rules move, not which rule trains a network best.

- \`lbfgs\` learns the curvature and searches along each line. Without noise, no other rule comes near it.
- \`sgd\`, \`adagrad\`, \`adadelta\`, \`rmsprop\` and \`ftrl\` have no momentum and no limit on their steps. They need one or two dozen steps on
  the bowl. A momentum of 0.9 shrinks an error by √0.9 per step at best, at any rate: \`momentum\`, Adam and its relatives need about
  150 steps. \`nesterov\` and \`nadam\` look ahead and are faster.
- In the valley (κ = 10⁴) \`sgd\` must keep its rate below 2·10⁻⁴. It gains one part in 10⁴ per step along the flat axis. A rate for each
  coordinate does not help, because both coordinates mix the two axes. Momentum helps.
- Steps of a fixed length never settle: \`lion\`, \`signum\` and \`muon\` need a rate that decays. Rules that divide by a mean of recent gradients
  need it less, but profit too: as gradients vanish, the steps of \`adam\` grow until it bounces. \`amsgrad\` never forgets the largest
  gradient, and does not bounce.
- \`adagrad\`, \`ftrl\` and \`dog\` never forget the gradients of the first steps, which are the largest. They start fast and end slowly.
- Rules with a long memory turn slowly: 0.98 in \`adan\`, 0.999 in \`qhm\`, 0.9999 in \`ademamix\`. They are made for long trainings with noise.
- The steps of \`lamb\`, \`lars\` and \`adafactor\` are in proportion to the parameters. They settle where the minimum is at 0.
- \`radam\` begins with a few steps of plain momentum, which limit its rate as they limit that of \`sgd\`.
- \`asgd\` begins to average after 10⁶ steps by default, which is later than the end of these runs.

## Paths

Each rule at its rate from the table, fewest steps first, until it has converged. Where the dots touch, steps are short.

![The path of every rule on Rosenbrock's function](paths-rosenbrock.svg)

![The path of every rule on Beale's function](paths-beale.svg)

## Run it

\`npm run landscapes\` writes this page and the pictures, in seconds, with the rates of
[rates.json](../examples/landscapes/rates.json). \`npm run landscapes -- --search\` first searches rates for rules that have none,
\`npm run landscapes -- --search adam lion\` for the rules named. Every engine takes the same steps; a test compares them.
`;
