// Trains in a worker: loads the images once, obeys orders, reports a few times a second.
import { decompress, unpack } from "../../data/digits.js";
import type { News, Order } from "./messages.js";
import { inked } from "./network.js";
import type { Data, Run } from "./run.js";
import { Training } from "./training.js";

/** Time of work between two looks for orders. */
const slice = 60;

const tell = (news: News) => postMessage(news);
const now = () => performance.now();

async function load(): Promise<Data> {
  const response = await fetch(new URL("../../data/output/digits.bin", import.meta.url));
  if (!response.ok) throw new Error(`the images did not load: ${response.status} ${response.statusText}`);
  const { train, test } = unpack(await decompress(new Uint8Array(await response.arrayBuffer())));
  tell({ kind: "loaded", train: train.count, test: test.count });
  return { train: inked(train), test: inked(test) };
}

const loading = load();
loading.catch(() => {}); // whoever waits for it reports the error

let training: Training | undefined;
let begun = 0;
let goal = 0;
let waiting = false;
/** How many points of each run the page knows. */
let told: { losses: number; accuracies: number }[] = [];

function newsOf(run: Run, at: number) {
  const { rate, found, updates, seen, seconds, losses, accuracies } = run;
  const known = told[at];
  told[at] = { losses: losses.length, accuracies: accuracies.length };
  return {
    rate,
    found,
    updates,
    seen,
    seconds,
    failed: run.failedAt !== undefined,
    losses: losses.slice(known.losses),
    accuracies: accuracies.slice(known.accuracies),
  };
}

function work(): void {
  waiting = false;
  if (!training) return;
  const arrived = training.advance(goal, slice);
  const status = training.finished ? "finished" : arrived ? "paused" : "running";
  tell({ kind: "progress", begun, rounds: training.rounds, status, runs: training.runs.map(newsOf) });
  if (!arrived) schedule();
}

/** Orders that have arrived come first. */
function schedule(): void {
  if (waiting) return;
  waiting = true;
  setTimeout(work);
}

async function obey(order: Order): Promise<void> {
  if (order.kind === "begin") {
    begun += 1;
    const mine = begun;
    const data = await loading;
    if (mine !== begun) return; // a later order has replaced this one
    training?.dispose();
    training = undefined;
    training = new Training(order.plan, data, now);
    told = training.runs.map(() => ({ losses: 0, accuracies: 0 }));
    goal = order.rounds;
    schedule();
  } else if (training && order.kind === "advance") {
    goal = order.rounds;
    schedule();
  } else if (training && order.kind === "pause") {
    goal = training.rounds;
    schedule();
  } else if (training && order.kind === "weights") {
    const { optimizer } = training.runs[order.run];
    optimizer.eval();
    tell({ kind: "weights", run: order.run, pixelToHidden: optimizer.params.pixelToHidden.slice() });
    optimizer.train();
  }
}

const fail = (error: unknown) => tell({ kind: "error", message: error instanceof Error ? error.message : String(error) });

addEventListener("message", ({ data }: MessageEvent<Order>) => void obey(data).catch(fail));
