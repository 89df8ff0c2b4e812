// Compares seven optimizers on a digit classifier, then batch, stochastic and mini-batch descent. `npm start` takes about a minute,
// `npm start -- --quick` a few seconds with fewer images.
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { SingleBar } from "cli-progress";
import { fit, NonFiniteError, type Optimizer, rules, sgd } from "simdescent";
import { writeChart } from "./chart.js";
import { type Images, readImages } from "./images.js";
import { accuracy, addGradient, initialWeights, layers, type Network, type Weights } from "./network.js";
import { printTable } from "./table.js";
import { type RuleName, timeStep } from "./timing.js";

/** The rules to compare, with a learning rate if the default does not suit this task. */
const options: { readonly [name in RuleName]?: { readonly lr?: number } } = {
  adadelta: {},
  adagrad: { lr: 0.05 },
  adam: {},
  momentum: { lr: 0.02 },
  nesterov: { lr: 0.02 },
  rmsprop: { lr: 0.002 },
  sgd: { lr: 0.2 },
};

const miniBatch = 32;
const wholeJob = {
  images: 60_000,
  testImages: 10_000,
  epochs: 4,
  descentImages: 6_000,
  descentEpochs: 20,
  timingMilliseconds: 300,
  adamAccuracy: 0.95,
};
const quickJob: typeof wholeJob = {
  images: 6_000,
  testImages: 2_000,
  epochs: 2,
  descentImages: 1_000,
  descentEpochs: 6,
  timingMilliseconds: 50,
  adamAccuracy: 0.8,
};

interface Training {
  readonly label: string;
  readonly optimizer: Optimizer & Network;
  readonly images: Images;
  readonly batch: number | "all";
  readonly epochs: number;
}

interface Trained extends Training {
  /** The loss of each batch, before its update. */
  readonly losses: readonly number[];
  /** Mean loss over the last epoch. */
  readonly finalLoss: number;
  readonly testAccuracy: number;
  readonly seconds: number;
}

function readArguments(): { quick: boolean } {
  try {
    return parseArgs({ options: { quick: { type: "boolean", default: false } } }).values;
  } catch (error) {
    console.error(`${(error as Error).message}\nusage: npm start [-- --quick]`);
    process.exit(2);
  }
}

/** Runs the trainings in order, with one progress bar. Without a terminal, prints a line every ten seconds. */
async function trainAll(trainings: readonly Training[], test: Images): Promise<Trained[]> {
  const bar = new SingleBar({
    format: "training [{bar}] {percentage} % {status}",
    linewrap: true, // otherwise an interrupted run leaves the terminal without line wrap
    noTTYOutput: true,
    notTTYSchedule: 10_000,
  });
  const examples = trainings.reduce((sum, { images, epochs }) => sum + images.count * epochs, 0);
  let before = 0;
  const trained: Trained[] = [];
  bar.start(examples, 0, { status: "" });
  try {
    for (const training of trainings) {
      const { label, optimizer, images, batch, epochs } = training;
      const start = performance.now();
      let finalLoss = NaN;
      const { loss: losses } = await fit(optimizer, {
        count: images.count,
        batch,
        epochs,
        gradient: (indices) => addGradient(optimizer, images, indices),
        onStep({ done, total, loss }) {
          bar.update(before + Math.round((images.count * epochs * done) / total), {
            status: `${label}, loss ${loss.toFixed(3)}`,
          });
        },
        onEpoch({ loss }) {
          finalLoss = loss;
        },
      });
      const seconds = (performance.now() - start) / 1000;
      trained.push({ ...training, losses, finalLoss, testAccuracy: accuracy(optimizer.params, test), seconds });
      before += images.count * epochs;
    }
  } finally {
    bar.stop();
  }
  return trained;
}

const integer = (x: number) => x.toLocaleString("en");

/** The columns of every table. */
const results = ({ optimizer, losses, finalLoss, testAccuracy }: Trained) => ({
  "learning rate": String(optimizer.hyper.lr),
  updates: integer(losses.length),
  "final loss": finalLoss.toFixed(4),
  "test accuracy": `${(100 * testAccuracy).toFixed(2)} %`,
});

async function printOptimizers(trained: readonly Trained[], weights: Float32Array, milliseconds: number): Promise<void> {
  const rows = [];
  for (const one of [...trained].sort((a, b) => a.finalLoss - b.finalLoss)) {
    const { webAssembly, plain } = await timeStep(one.optimizer.spec.name as RuleName, weights, milliseconds);
    rows.push({
      optimizer: one.label,
      ...results(one),
      "WebAssembly µs": webAssembly.toFixed(1),
      "plain µs": plain.toFixed(1),
      "plain ÷ WebAssembly": (plain / webAssembly).toFixed(2),
    });
  }
  printTable(rows);
  console.log(
    "Final loss: mean over the last epoch. µs: median time of one step over all parameters, in WebAssembly and in a plain\n" +
      "JavaScript loop of the same formula on Float32Array, measured in turns.\n",
  );
}

async function main(quick: boolean): Promise<void> {
  const began = performance.now();
  const job = quick ? quickJob : wholeJob;
  const images = readImages("train", job.images);
  const descentImages = readImages("train", job.descentImages);
  const test = readImages("test", job.testImages);
  const start = initialWeights(1);
  const weights = Float32Array.from(Object.values(start).flatMap((array) => [...array]));
  if (quick) console.log("Quick run with fewer images. Without --quick, results are better.");
  console.log(`MNIST: ${integer(images.count)} training images, ${integer(test.count)} test images.`);
  console.log(`Network ${layers}: ${integer(weights.length)} parameters. Every training has the same start.\n`);

  const names = Object.keys(options) as RuleName[];
  const optimizers = names.map((name): Training => {
    const make: (start: Weights, options?: { lr?: number }) => Optimizer & Network = rules[name];
    return { label: name, optimizer: make(start, options[name]), images, batch: miniBatch, epochs: job.epochs };
  });
  const descent = (label: string, batch: number | "all", lr: number): Training => {
    return { label, optimizer: sgd(start, { lr }), images: descentImages, batch, epochs: job.descentEpochs };
  };
  const descents = [
    descent("batch", "all", 0.2),
    descent("stochastic", 1, 0.02), // the gradient of one image is noisy: smaller steps
    descent("mini-batch", miniBatch, 0.2),
  ];
  const trained = await trainAll([...optimizers, ...descents], test);
  const byOptimizer = trained.slice(0, optimizers.length);
  const byDescent = trained.slice(optimizers.length);

  console.log(`\nOptimizers: mini-batches of ${miniBatch}, ${job.epochs} epochs, lowest final loss first.`);
  await printOptimizers(byOptimizer, weights, job.timingMilliseconds);

  const passes = `${job.descentEpochs} passes over the same ${integer(job.descentImages)} images`;
  console.log(`Descents: sgd, each ${passes}.`);
  printTable(
    byDescent.map((one) => ({
      descent: one.label,
      "images per update": String(one.batch),
      ...results(one),
      seconds: one.seconds.toFixed(1),
    })),
  );

  const curve = ({ label, optimizer, losses }: Trained, stride: number) => {
    return { label: `${label}, lr ${optimizer.hyper.lr}`, losses, stride };
  };
  const paths = writeChart(fileURLToPath(new URL("output", import.meta.url)), "loss", [
    {
      title: `${names.length} optimizers learn handwritten digits`,
      subtitle: `MNIST, ${integer(images.count)} images, network ${layers}, mini-batches of ${miniBatch}, same start`,
      x: `updates, one per ${miniBatch} images (logarithmic)`,
      curves: byOptimizer.map((one) => curve(one, 1)),
    },
    {
      title: "Batch, stochastic and mini-batch gradient descent",
      subtitle: `sgd, each ${passes}, same start`,
      x: "images seen (logarithmic)",
      curves: byDescent.map((one) => curve(one, (one.images.count * one.epochs) / one.losses.length)),
    },
  ]);
  console.log(`\nLoss curves: ${paths.map((path) => relative(process.cwd(), path)).join(", ")}`);
  console.log(`Done in ${((performance.now() - began) / 1000).toFixed(0)} s.`);

  const adam = byOptimizer.find(({ label }) => label === "adam");
  if (!adam || !(adam.testAccuracy > job.adamAccuracy)) {
    throw new Error(`mini-batch adam reached ${adam?.testAccuracy} test accuracy, expected more than ${job.adamAccuracy}`);
  }
}

const { quick } = readArguments();
try {
  await main(quick);
} catch (error) {
  // Errors of this program and of `fit` need only their message. Others are bugs and need the stack.
  const reported = error instanceof NonFiniteError || (error instanceof Error && error.constructor === Error);
  console.error(reported ? `Failed: ${error.message}` : error);
  process.exitCode = 1;
}
