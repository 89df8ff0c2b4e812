// The charts of a training: loss, and wrong answers to test images, over updates, epochs or seconds.
import { sizes } from "../../data/digits.js";
import { element } from "../controls/control.js";
import { Chart } from "../draw/chart.js";
import type { RunReport } from "./client.js";
import { type Axis, type Curve, type CurvePoint, onAxis } from "./curves.js";
import type { Plan } from "./plan.js";
import { updatesPerEpoch } from "./run.js";
import type { Strings } from "./strings.js";

export class Charts {
  readonly element = element("div", { className: "pg-pair" });
  readonly #texts: Strings;
  #axis: Axis;
  #loss: Chart;
  #wrong: Chart;

  constructor(texts: Strings, axis: Axis) {
    this.#texts = texts;
    this.#axis = axis;
    [this.#loss, this.#wrong] = this.#make();
  }

  /** Changes the horizontal axis. `show` must follow. */
  set axis(axis: Axis) {
    if (axis === this.#axis) return;
    this.#axis = axis;
    this.destroy();
    [this.#loss, this.#wrong] = this.#make();
  }

  show(plan: Plan, labels: readonly string[], reports: readonly RunReport[]): void {
    const curves = (points: (report: RunReport) => CurvePoint[]): Curve[] =>
      reports.map((report, i) => ({ perEpoch: updatesPerEpoch(sizes.train, plan.runs[i].batch), points: points(report) }));
    const losses = onAxis(
      curves((report) => report.losses.map(({ loss, ...at }) => ({ ...at, value: loss }))),
      this.#axis,
    );
    const errors = onAxis(
      curves((report) => report.accuracies.map(({ accuracy, ...at }) => ({ ...at, value: 100 - 100 * accuracy }))),
      this.#axis,
    );
    const lines = (values: readonly number[][]) => values.map((values, racer) => ({ label: labels[racer], racer, values }));
    this.#loss.set(losses.x, lines(losses.values));
    this.#wrong.set(errors.x, lines(errors.values));
  }

  /** What the charts show, in words. */
  set summary(text: string) {
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", text);
  }

  destroy(): void {
    this.#loss.destroy();
    this.#wrong.destroy();
  }

  #make(): [Chart, Chart] {
    const { loss, wrong, axes, table } = this.#texts;
    const make = (title: string) =>
      new Chart(this.element, { title, x: axes[this.#axis], y: "", table, height: 260, logarithmic: true });
    return [make(loss), make(wrong)];
  }
}
