// Adam with and without bias correction: both paths on a map, and the length of their steps.
import { adam } from "simdescent";
import { element, numberControl } from "../../playground/controls/control.js";
import { scaleOf } from "../../playground/controls/scale.js";
import { swatch } from "../../playground/controls/swatch.js";
import { Chart } from "../../playground/draw/chart.js";
import { surfaceOf } from "../../playground/surfaces.js";
import type { Figure } from "../figure.js";
import { Paths } from "../paths.js";
import { strings } from "../strings.js";
import { type Betas, betasOf, bothDescents, stepsOf } from "./steps.js";

export const show: Figure = (place, { locale, state: initial, onState }) => {
  const texts = strings[locale];
  let state = initial;
  const surface = surfaceOf(state.surface, state.settings);
  const steps = stepsOf(state);
  const paths = new Paths();
  const legend = element("ul", { className: "pg-legend" });
  const chartPlace = element("div");
  const labels = [texts.corrected, texts.uncorrected];

  const controls = (["lr", "beta1", "beta2"] as const).map((name: keyof Betas) => {
    const [fallback, interval] = adam.spec.hyper[name];
    return numberControl({
      label: name === "lr" ? texts.rate : name,
      value: betasOf(state)[name],
      scale: scaleOf(interval, fallback),
      onInput(value) {
        const [racer, ...others] = state.racers;
        state = { ...state, racers: [{ ...racer, options: { ...racer.options, [name]: value } }, ...others] };
        onState(state);
        draw();
        return undefined;
      },
    }).element;
  });
  const box = element(
    "div",
    { className: "pg pg-compact" },
    paths.element,
    legend,
    chartPlace,
    element("div", { className: "pg-controls" }, ...controls),
  );
  place.append(box);
  const chart = new Chart(chartPlace, { title: texts.moves, x: texts.step, y: "", table: texts.table });

  function draw(): void {
    const { corrected, uncorrected } = bothDescents(state, betasOf(state), steps);
    const descents = [corrected, uncorrected];
    const farthest = descents.map(({ points }, i) => {
      const x = Math.max(...points.map(([x]) => x));
      return texts.farthest(labels[i], x.toFixed(2));
    });
    paths.show(surface, descents.map(({ points }) => points), texts.paths(surface.title[locale], farthest.join(". "))); // biome-ignore format: one line
    legend.replaceChildren(...farthest.map((line, i) => element("li", {}, swatch(i), line)));
    const x = Array.from({ length: steps }, (_, t) => t + 1);
    chart.set(x, descents.map(({ moves }, i) => ({ label: labels[i], racer: i, values: moves }))); // biome-ignore format: one line
  }

  draw();
  return {
    destroy() {
      paths.destroy();
      chart.destroy();
      box.remove();
    },
  };
};
