// One epoch of batch, mini-batch and stochastic descent on one map, and a count of updates for any numbers.
import { element, numberControl } from "../../playground/controls/control.js";
import { outside, type Range, rangeText } from "../../playground/controls/range.js";
import { integers, scaleOf } from "../../playground/controls/scale.js";
import { swatch } from "../../playground/controls/swatch.js";
import { short } from "../../playground/draw/numbers.js";
import { batchSize } from "../../playground/racers.js";
import { surfaceOf } from "../../playground/surfaces.js";
import type { Figure } from "../figure.js";
import { Paths } from "../paths.js";
import { strings } from "../strings.js";
import { counter } from "./counter.js";
import { runEpoch } from "./epoch.js";

export const show: Figure = (place, { locale, state: initial, onState }) => {
  const texts = strings[locale];
  let state = initial;
  const surface = surfaceOf(state.surface, state.settings);
  const { examples = 1 } = surface;
  const paths = new Paths();
  const legend = element("ul", { className: "pg-legend learn-lines" });

  function draw(): void {
    const size = batchSize(surface, state.settings);
    const kinds = [
      { name: texts.kinds.batch, epoch: runEpoch(state, examples) },
      { name: texts.kinds.mini(size), epoch: runEpoch(state, size) },
      { name: texts.kinds.stochastic, epoch: runEpoch(state, 1) },
    ];
    const lines = kinds.map(({ name, epoch: { updates, loss, against } }) => {
      const line = `${name}: ${texts.epoch(updates, short(Number(loss.toPrecision(3))))}`;
      return against > 0 ? `${line}; ${texts.against(against, updates)}` : line;
    });
    paths.show(surface, kinds.map(({ epoch }) => epoch.points), texts.paths(surface.title[locale], lines.join(". "))); // biome-ignore format: one line
    legend.replaceChildren(...lines.map((line, i) => element("li", {}, swatch(i), line)));
  }

  function change(patch: Partial<typeof state>): undefined {
    state = { ...state, ...patch };
    onState(state);
    draw();
  }

  const range: Range = [1, examples];
  const size = numberControl({
    label: texts.batchSize,
    value: batchSize(surface, state.settings),
    scale: integers(1, examples),
    note: rangeText(range),
    onInput: (batch) =>
      outside(locale, range, batch) ?? change({ settings: new Map([...state.settings, ["batch", String(batch)]]) }),
  });
  const [racer] = state.racers;
  const rate = numberControl({
    label: texts.rate,
    value: Number(racer.options.lr),
    scale: scaleOf("[0,inf)", 1e-3),
    onInput: (lr) => change({ racers: [{ ...racer, options: { ...racer.options, lr } }] }),
  });
  const controls = element("div", { className: "pg-controls" }, size.element, rate.element);
  const box = element("div", { className: "pg pg-compact" }, paths.element, legend, controls, counter(texts));
  place.append(box);
  draw();
  return {
    destroy() {
      paths.destroy();
      box.remove();
    },
  };
};
