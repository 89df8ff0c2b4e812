// docs/flatness.md: the results of each method.
import { writeFileSync } from "node:fs";
import { baseline, lr, type MethodName, methodNames, methods, turn, weightDecay } from "./methods.js";
import { type Task, type TaskName, taskNames, tasks } from "./tasks.js";
import { far, near, type Outcome, updatesOf } from "./training.js";

/** The outcomes of a method on a task, by seed. */
export type Results = (task: TaskName, method: MethodName) => readonly Outcome[];

export interface Column {
  readonly name: keyof Outcome;
  readonly title: string;
  /** Whether it measures sharpness. */
  readonly sharp: boolean;
  show(value: number): string;
}

const digits = (x: number) => x.toPrecision(2);

export const columns: readonly Column[] = [
  { name: "loss", title: "training loss", sharp: false, show: digits },
  { name: "accuracy", title: "test accuracy, %", sharp: false, show: (x) => (100 * x).toFixed(1) },
  { name: "worst", title: `worst, ${far}`, sharp: true, show: digits },
  { name: "average", title: `average, ${far}`, sharp: true, show: digits },
  { name: "adaptive", title: `worst, ${far}, adaptive`, sharp: true, show: digits },
  { name: "worstNear", title: `worst, ${near}`, sharp: true, show: digits },
];

const valuesOf = (outcomes: readonly Outcome[], name: keyof Outcome) => outcomes.map((outcome) => outcome[name]);

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}

/** Median, minimum and maximum over the seeds. */
export function spread(outcomes: readonly Outcome[], { name, show }: Column): string {
  const values = valuesOf(outcomes, name);
  return `${show(median(values))} (${show(Math.min(...values))}–${show(Math.max(...values))})`;
}

const integer = (n: number) => n.toLocaleString("en");
const lines = (rows: readonly (readonly string[])[]) => rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
const rule = (length: number) => ["---", ...Array<string>(length).fill("--:")];

function measurements(results: Results, task: TaskName): string {
  const best = columns.map(({ name, sharp }) =>
    sharp ? Math.min(...methodNames.map((method) => median(valuesOf(results(task, method), name)))) : Number.NaN,
  );
  const rows = methodNames.map((method) => {
    const outcomes = results(task, method);
    const cells = columns.map((column, i) => {
      const text = spread(outcomes, column);
      return median(valuesOf(outcomes, column.name)) === best[i] ? `**${text}**` : text;
    });
    return [methods[method].label, ...cells];
  });
  return lines([["", ...columns.map(({ title }) => title)], rule(columns.length), ...rows]);
}

/** Counts the seeds in which a method is flatter than the baseline. For each seed, start and batches are the same. */
function comparison(results: Results, task: TaskName): string {
  const others = methodNames.filter((method) => method !== baseline);
  const compared = columns.filter(({ name, sharp }) => sharp || name === "accuracy");
  const rows = others.map((method) => {
    const cells = compared.map(({ name, sharp }) => {
      const own = valuesOf(results(task, method), name);
      const theirs = valuesOf(results(task, baseline), name);
      const count = (holds: (a: number, b: number) => boolean) => own.filter((value, i) => holds(value, theirs[i])).length;
      if (sharp) return `flatter in ${count((a, b) => a < b)} of ${own.length}`;
      return `higher in ${count((a, b) => a > b)}, lower in ${count((a, b) => a < b)}`;
    });
    return [methods[method].label, ...cells];
  });
  return lines([["", ...compared.map(({ title }) => title)], rule(compared.length), ...rows]);
}

/** The cells in which a method that seeks flat minima is not flatter than the baseline. */
function failures(results: Results): string {
  const seeking = methodNames.filter((method) => method !== baseline && method !== "constant");
  const failed = taskNames.flatMap((task) =>
    seeking.flatMap((method) =>
      columns
        .filter(({ name, sharp }) => {
          const [own, theirs] = [method, baseline].map((method) => median(valuesOf(results(task, method), name)));
          return sharp ? !(own < theirs) : name === "accuracy" && own < theirs;
        })
        .map(
          ({ title, sharp }) =>
            `- ${tasks[task].title}: ${methods[method].label} is ${sharp ? "not flatter by" : "worse in"} *${title}*.`,
        ),
    ),
  );
  const intro = `By these medians, SWA or SAM does not beat ${methods[baseline].label}:`;
  return failed.length === 0 ? "In the medians above there is none." : [intro, "", ...failed].join("\n");
}

function section(results: Results, name: TaskName): string {
  const task: Task = tasks[name];
  const { title, about, batch, epochs, seeds, seeded, measured, count, steps, samples } = task;
  const part = measured < count ? ` It is measured on the first ${integer(measured)} training images.` : "";
  return `## ${title}

${about[0].toUpperCase()}${about.slice(1)}.
Batches of ${batch}, ${epochs} epochs, ${integer(updatesOf(task))} updates; ${seeds} seeds, which change ${seeded}.
Sharpness by ascents of ${steps} steps and ${samples} directions.${part}

${measurements(results, name)}

Compared with ${methods[baseline].label} seed by seed:

${comparison(results, name)}`;
}

const document = (results: Results) => `<!-- Written by npm run flatness. -->

# Flat minima

SAM looks for points around which the loss is low everywhere. SWA averages points around a minimum. Do they find flatter minima than
SGD with momentum? The function \`sharpness\` measures it. The tables have medians over seeds, in parentheses the smallest and largest value,
and the flattest method in bold. [What was measured](#what-was-measured) explains the columns.

![The worst rise of the loss, a dot for each training](flatness.svg)

${taskNames.map((task) => section(results, task)).join("\n\n")}

## What was measured

**Trainings.** All use \`momentum\` with a momentum of 0.9, an L2 penalty of ${weightDecay} and a rate of ${lr} for ${100 * turn} % of the updates. Then
the rate falls linearly to a hundredth, or stays, as the label says. SWA (\`swa\`; Izmailov et al. 2018,
https://arxiv.org/abs/1803.05407) averages the parameters after each update from then on. SAM (\`sam: true\`; Foret et al. 2021,
https://arxiv.org/abs/2010.01412) has the radius ${near}, adaptive SAM (\`sam: { radius: 0.5, adaptive: true }\`; Kwon et al. 2021,
https://arxiv.org/abs/2102.11600) the radius of its paper. All make the same number of updates. An update of SAM needs two gradients, and
so twice the time.

Rate and penalty are the same for both tasks and all methods. With rates of 0.02 and 0.1, SAM is flatter than momentum by
*worst, ${far}* in all seeds, and SWA in 8 of 9 on Iris and in 4 and 5 of 5 on MNIST. At 0.1 on MNIST, neither has a lower median of
*worst, ${near}*. On MNIST, SAM has the higher median of test accuracy at 0.02 (92.7 % against 92.4 %), but not at 0.1.

**Sharpness.** *Worst* is the largest rise of the training loss found within a distance of the parameters. *Average* is the mean rise
at that distance, in random directions. *Adaptive* is the worst rise when distances are relative to the weights. The distance ${near} is
the radius of SAM; ten times that shows the minimum as a whole. The loss is without the L2 penalty.

## How to read it

- At the small radius, the remaining gradient also counts: how far from the minimum the training ended. A constant rate ends
  farther away than one that falls. So does a gradient that is taken far away, as in adaptive SAM. Compare minima at the large radius.
- *Worst* is one direction. *Average* is the mean of hundreds or thousands of directions, and most of them are flat, so it is far smaller.
  A method may lower one and not the other.
- A low cross-entropy is flat by itself: its curvature vanishes where all examples are right with certainty. So compare methods
  whose loss is the same or higher. Larger weights make a given distance relatively shorter, which *adaptive* corrects.
- A flatter minimum is not always better on test data: compare the columns. The test set of Iris has 50 flowers, so one flower is 2 %.

## Where the ranking fails

${failures(results)}

## Run it

\`npm run flatness\` writes this page and the picture, in about a minute on two cores. The losses use \`Math.exp\` and \`Math.tanh\`,
which engines may round differently, so the last digits may change.
`;

export const writeDocument = (results: Results) =>
  writeFileSync(new URL("../../docs/flatness.md", import.meta.url), document(results));
