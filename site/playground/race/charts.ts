// The charts beside a race: loss, distance, effective rate.
import { Chart, type ChartOptions } from "../draw/chart.js";
import type { Locale } from "../view.js";
import { distanceAt, lossAt, rateAt } from "./measures.js";
import type { Lane, Race } from "./race.js";
import { strings } from "./strings.js";

/** Most points of a line. */
const mostSamples = 500;

/** Below this, logarithmic axes show nothing: rounding errors of f32. */
const least = 1e-16;

type Measure = (race: Race, lane: Lane, t: number) => number;

const measures: { readonly [name in "loss" | "distance" | "rate"]: Measure } = {
  loss: ({ surface }, lane, t) => Math.max(lossAt(surface, lane, t), least),
  distance: ({ surface }, lane, t) => Math.max(distanceAt(surface, lane, t), least),
  rate: (_, lane, t) => rateAt(lane, t),
};

/** Steps 0 … last, or fewer at equal distances. */
function samples(last: number): Float64Array {
  const count = Math.min(last + 1, mostSamples);
  return Float64Array.from({ length: count }, (_, i) => (count > 1 ? Math.round((i * last) / (count - 1)) : 0));
}

export class RaceCharts {
  readonly #charts: readonly (readonly [measure: Measure, chart: Chart])[];

  constructor(place: HTMLElement, locale: Locale) {
    const texts = strings[locale];
    const options = (title: string): ChartOptions => ({ title, x: texts.steps, y: "", table: texts.table, logarithmic: true });
    const names = ["loss", "distance", "rate"] as const;
    this.#charts = names.map((name) => [measures[name], new Chart(place, options(texts[name]))]);
  }

  /** Shows the whole race, with a mark at the shown step. */
  show(race: Race, labels: readonly string[]): void {
    const x = samples(race.reached);
    for (const [measure, chart] of this.#charts) {
      chart.set(
        x,
        race.lanes.map((lane, racer) => ({
          label: labels[racer],
          racer,
          values: x.map((t) => (lane.racer ? measure(race, lane, t) : Number.NaN)),
        })),
      );
      chart.mark(race.t);
    }
  }

  destroy(): void {
    for (const [, chart] of this.#charts) chart.destroy();
  }
}
