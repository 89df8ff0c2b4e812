// Measures one question in a worker, so that the page stays responsive and every measurement starts with fresh memories.
import { specs } from "../../bench/ways.js";
import { sizes } from "../../bench/workloads.js";
import { threads } from "../../src/index.js";
import { clockStep } from "./clock.js";
import { Gate } from "./gate.js";
import { measure, paceOf } from "./measure.js";
import type { FromWorker, Measurement, Question, ToWorker } from "./measurement.js";

const tell = (message: FromWorker) => postMessage(message);
const gate = new Gate();
const step = clockStep();

/** Compiled from bytes: not every host says that the file is WebAssembly. */
async function scalarBuild(): Promise<WebAssembly.Module> {
  const answer = await fetch(new URL("../../build/scalar.wasm", import.meta.url));
  if (!answer.ok) throw new Error(`scalar.wasm was not loaded: ${answer.status}`);
  return WebAssembly.compile(await answer.arrayBuffer());
}

async function answer(question: Question): Promise<Measurement> {
  const scalar = await scalarBuild();
  const pool = question.threads > 1 ? await threads(question.threads) : undefined;
  return measure(question, { scalar, pool, pace: paceOf(step), longest: 1000, gate });
}

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if ("question" in data) {
    answer(data.question).then(
      (measurement) => tell({ measurement }),
      (error: Error) => tell({ error: error.message }),
    );
  } else if (data.hidden) gate.close();
  else gate.open();
});
tell({ rules: specs.map(({ name }) => name), sizes, clockStep: step });
