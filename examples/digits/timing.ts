// Times one optimizer step in WebAssembly and in a plain JavaScript loop of the same formula.
import { rules } from "simdescent";
import { Bench } from "tinybench";
import { type Floats, references } from "../../test/support/reference.js";

export type RuleName = keyof typeof rules;

/** Median microseconds per step. */
export interface StepTime {
  readonly webAssembly: number;
  readonly plain: number;
}

type PlainStep = (
  p: Floats,
  g: Floats,
  state: Record<string, Floats | undefined>,
  values: unknown,
  t: number,
  carry: number[],
) => void;

const rounds = 5;
const minimum = { iterations: 16, warmupIterations: 4, throws: true };
const stepsToAgree = 10;
const tolerance = 1e-6;

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

/**
 * Steps the same parameters both ways, checks that the results agree, then times both in turns. Gradients are as large as in the digits
 * example, and none is 0, so that the time does not depend on the data.
 */
export async function timeStep(name: RuleName, weights: Float32Array, milliseconds: number): Promise<StepTime> {
  const optimizer = rules[name]({ weights });
  const p = weights.slice();
  const g = optimizer.grads.weights;
  for (let i = 0; i < g.length; i++) g[i] = 0.01 * Math.sin(i + 1);
  const state: Record<string, Floats | undefined> = {};
  for (const [slot, views] of Object.entries(optimizer.state)) state[slot] = views?.weights.slice();
  const plainGradient = g.slice();
  const plainStep = references[name] as PlainStep;

  const carry: number[] = [];
  let t = 0;
  const plain = () => {
    t += 1;
    plainStep(p, plainGradient, state, optimizer.current, t, carry);
  };
  const webAssembly = () => optimizer.step();

  for (let i = 0; i < stepsToAgree; i++) {
    webAssembly();
    plain();
  }
  const difference = p.reduce((max, x, i) => Math.max(max, Math.abs(x - optimizer.params.weights[i])), 0);
  if (!(difference <= tolerance))
    throw new Error(`${name}: WebAssembly and the plain loop differ by ${difference} after ${stepsToAgree} steps`);

  const times = { webAssembly: [] as number[], plain: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const bench = new Bench({ time: milliseconds / rounds, ...minimum, warmupTime: milliseconds / rounds / 4 });
    bench.add("webAssembly", webAssembly, { async: false }).add("plain", plain, { async: false });
    for (const task of await bench.run()) {
      if (task.result.state === "completed") times[task.name as keyof StepTime].push(task.result.latency.p50 * 1000);
    }
  }
  return { webAssembly: median(times.webAssembly), plain: median(times.plain) };
}
