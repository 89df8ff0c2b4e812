// What the outcomes of several seeds say: medians, ranges, and comparisons seed by seed.
import { baseline, type MethodName } from "./methods.js";
import type { Outcome } from "./training.js";

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export type Measure = (outcome: Outcome) => number;

export const measures = {
  trainLoss: (outcome) => outcome.trainLoss,
  testLoss: (outcome) => outcome.testLoss,
  accuracy: ({ testRight, testCount }) => (100 * testRight) / testCount,
  worst: (outcome) => outcome.worst,
  average: (outcome) => outcome.average,
  adaptive: (outcome) => outcome.adaptive,
} satisfies { readonly [name: string]: Measure };

export type MeasureName = keyof typeof measures;

/** The measures of which less is flatter. */
export const rises = ["worst", "average", "adaptive"] as const satisfies readonly MeasureName[];

export function spread(outcomes: readonly Outcome[], measure: Measure): Spread {
  const values = outcomes.map(measure).sort((a, b) => a - b);
  const middle = values.length / 2;
  const median = (values[Math.ceil(middle) - 1] + values[Math.floor(middle)]) / 2;
  return { median, least: values[0], most: values[values.length - 1] };
}

/** In how many seeds the method's value is below that of the baseline; of the seeds that both have. */
export function below(outcomes: readonly Outcome[], method: MethodName, measure: Measure): { lower: number; of: number } {
  let [lower, of] = [0, 0];
  for (const outcome of outcomes) {
    if (outcome.method !== method) continue;
    const other = outcomes.find(({ method, seed }) => method === baseline && seed === outcome.seed);
    if (!other) continue;
    of += 1;
    if (measure(outcome) < measure(other)) lower += 1;
  }
  return { lower, of };
}

export const ofMethod = (outcomes: readonly Outcome[], method: MethodName): Outcome[] =>
  outcomes.filter((outcome) => outcome.method === method);

/** The smallest and the largest median among the methods that have outcomes. */
export function medianRange(outcomes: readonly Outcome[], measure: Measure): { readonly least: number; readonly most: number } {
  const names = [...new Set(outcomes.map(({ method }) => method))];
  const medians = names.map((name) => spread(ofMethod(outcomes, name), measure).median);
  return { least: Math.min(...medians), most: Math.max(...medians) };
}
