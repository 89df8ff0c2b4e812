// The range test of a data surface as a curve. Hidden on other surfaces.
import { element } from "../controls/control.js";
import { Chart } from "../draw/chart.js";
import { short } from "../draw/numbers.js";
import type { RacerSetup, State } from "../state.js";
import type { Surface } from "../surfaces.js";
import type { Locale } from "../view.js";
import { rateCurve } from "./curve.js";
import { strings } from "./strings.js";

export class CurveFigure {
  readonly element = element("div");
  readonly #chart: Chart;
  readonly #text = element("p");
  readonly #locale: Locale;

  constructor(locale: Locale) {
    const texts = strings[locale];
    this.#locale = locale;
    this.#chart = new Chart(this.element, {
      title: texts.curve,
      x: "lr",
      y: texts.curveLoss,
      table: texts.curveTable,
      logarithmic: true,
      logarithmicX: true,
    });
    this.element.append(this.#text);
  }

  show(setup: RacerSetup, surface: Surface, state: Pick<State, "tuned" | "start" | "settings">): void {
    const texts = strings[this.#locale];
    this.element.hidden = !surface.examples;
    if (!surface.examples) return;
    try {
      const { rates, losses, smoothed, suggestion } = rateCurve(setup, surface, state);
      this.#chart.set(rates, [
        { label: texts.curveLoss, racer: 1, values: losses },
        { label: texts.smoothed, racer: 0, values: smoothed },
      ]);
      this.#chart.mark(suggestion ?? Number.NaN);
      this.#text.textContent = suggestion === undefined ? texts.noSuggestion : texts.suggestion(short(suggestion));
    } catch (error) {
      this.#chart.set([], []);
      this.#text.textContent = (error as Error).message;
    }
  }

  destroy(): void {
    this.#chart.destroy();
    this.element.remove();
  }
}
