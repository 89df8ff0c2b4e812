// docs/convergence.md: how many steps every method needs on every landscape.
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
  return failed.length === 0 ? "" : `\n${["Where none of the rates converges, and why:", "", ...failed].join("\n")}\n`;
}

export const writtenDocument = () => readFileSync(file, "utf8");

export const writeDocument = (rows: readonly Row[]) => writeFileSync(file, document(rows));

export const document = (rows: readonly Row[]) => `<!-- Written by npm run landscapes. -->

# Convergence on four landscapes

${functions()}

The bowl and the valley of condition 10⁴ lie aslant: were their axes those of the coordinates, a rule that scales each coordinate
would see two problems of one variable, and no condition at all.

## Steps needed

${table(rows)}
${failures(rows)}
**Converged** is a run from the step on after which its distance to the minimum stays below ${tolerance}, to the end of a budget of
${integer(budget)} steps. A run that ever goes more than ${farthest} times as far from the minimum as the start does not count. The
parameters are f32: near (1, 1) they lie 10⁻⁷ apart, and at the end of Rosenbrock's valley \`sgd\` moves them by no more than a few
times that.

**The learning rate** stands after the word *at*; a·bᵗ is \`exponentialDecay(a, { factor: b })\`, where t counts the steps. It is the best
of ${constants.length} constant rates, 1, 2 and 5 times the powers of ten from ${constants[0]} to ${constants.at(-1)}; or the best of ${decaying.length} decaying ones, from the same rates by
factors 1 − 0.5, 1 − 0.2, 1 − 0.1, … 1 − 0.00001, if that needs less than half the steps. Nothing else is chosen, and all other
hyper-parameters have their defaults, but for these: \`weightDecay\` is 0, as it would move the minimum (so \`adamw\` is the same as
\`adam\`); \`dog\` and \`prodigy\`, which find their rate, start at 1, as their authors say; \`lbfgs\` has no other rate than 1, and its steps are
evaluations of the gradient, of which a line search needs one or more; \`muon\` gets the point as a matrix of one
row; \`sophia\` has a \`batchSize\` of 1 and observes the roots of the curvatures (Gauss–Newton) every ${observePeriod} steps. Where a rule has
averages to be judged by, the distance is that of the parameters that \`eval()\` shows.

**What to see.** Two parameters, one start and no noise: the table says how rules move, not which trains a network best.

- \`lbfgs\` learns the curvature as it goes and searches along each line: where there is no noise, nothing comes near it.
- With neither momentum nor a limit on their steps, \`sgd\`, \`adagrad\`, \`adadelta\`, \`rmsprop\` and \`ftrl\` take one or two dozen steps on the
  bowl. A momentum of 0.9 shrinks an error by √0.9 a step at best, whatever the rate: about 150, in \`momentum\` as in Adam and its
  relatives. \`nesterov\` and \`nadam\`, which look ahead, are faster.
- In the valley of condition 10⁴ \`sgd\` must keep its rate below 2·10⁻⁴, and gains one part in 10⁴ a step along the flat axis. A rate
  for each coordinate does not help, because both coordinates see the same mixture of the axes; momentum does.
- Steps of a fixed length never settle: \`lion\`, \`signum\`, \`muon\` need a rate that decays. To a lesser degree so does what divides
  by a mean of recent gradients: as these vanish, the steps of \`adam\` grow until it bounces. Those of \`amsgrad\`, which never forgets the
  largest gradient, do not.
- \`adagrad\`, \`ftrl\` and \`dog\` never forget the gradients of the first steps, which are the largest: they start fast and end slowly.
- Long memories turn slowly: 0.98 in \`adan\`, 0.999 in \`qhm\`, 0.9999 in \`ademamix\`, which are meant for long trainings with noise.
- The steps of \`lamb\`, \`lars\` and \`adafactor\` are in proportion to the parameters, which where the minimum is at 0 makes them settle.
- \`radam\` begins with a few steps of plain momentum, which bound its rate as they bound \`sgd\`'s. The averaging of \`asgd\` begins after
  10⁶ steps by default, and is not to be seen here.

## Paths

At these rates, fewest steps first, each until it has converged. Where the dots touch, steps are short.

![The path of every rule on Rosenbrock's and Beale's functions](paths.svg)

## Run it

\`npm run landscapes\` makes this page and the picture anew, in seconds, from the rates in
[rates.json](../examples/landscapes/rates.json). \`npm run landscapes -- --search\` first searches the rates of rules that have none yet,
\`npm run landscapes -- --search adam lion\` those of the rules named. The steps are the same on every engine; a test compares them.
`;
