// Training loss and test loss as curves over x. A slider shifts the test loss; the minima of the training loss stay.
import { element, numberControl } from "../../playground/controls/control.js";
import { outside, type Range, rangeText } from "../../playground/controls/range.js";
import type { Figure } from "../figure.js";
import { strings } from "../strings.js";
import { drawCurves } from "./curves.js";
import { lossesOf, mostShift, shiftOf } from "./losses.js";

const range: Range = [-mostShift, mostShift];
const positions = (2 * mostShift) / 0.02;

/** A slider from −mostShift to mostShift, in steps of 0.02. */
const scale = {
  positions,
  toValue: (position: number) => Number((position * 0.02 - mostShift).toFixed(2)),
  toPosition: (value: number) => Math.min(Math.max(Math.round((value + mostShift) / 0.02), 0), positions),
};

export const show: Figure = (place, { locale, state: initial, onState }) => {
  const texts = strings[locale];
  let state = initial;
  const picture = element("div", { className: "learn-curves" });
  const table = element("table");

  function draw(): void {
    const shift = shiftOf(state);
    const losses = lossesOf(state, shift);
    const rows = losses.minima.map((x) => [losses.training(x), losses.test(x)] as const);
    const digits = (value: number) => value.toFixed(2);
    const summary = texts.curvesSummary(digits(shift), ...(rows.map(([, test]) => digits(test)) as [string, string]));
    drawCurves(picture, losses, { ...texts.curves, flat: texts.flat, sharp: texts.sharp, summary });
    const row = (kind: "th" | "td", cells: readonly string[]) =>
      element("tr", {}, ...cells.map((cell, i) => element(i === 0 ? "th" : kind, {}, cell)));
    table.replaceChildren(
      row("th", [texts.minimum, texts.curves.training, texts.curves.test, texts.rise]),
      ...rows.map(([training, test], i) =>
        row("td", [i === 0 ? texts.flat : texts.sharp, digits(training), digits(test), digits(test - training)]),
      ),
    );
  }

  const slider = numberControl({
    label: texts.shift,
    value: shiftOf(state),
    scale,
    note: rangeText(range),
    onInput(shift) {
      const wrong = outside(locale, range, shift);
      if (wrong !== undefined) return wrong;
      state = { ...state, settings: new Map([...state.settings, ["shift", String(shift)]]) };
      onState(state);
      draw();
      return undefined;
    },
  });
  const controls = element("div", { className: "pg-controls" }, slider.element);
  const box = element("div", { className: "pg pg-compact" }, picture, controls, table);
  place.append(box);
  const resized = new ResizeObserver(draw);
  resized.observe(picture);
  return {
    destroy() {
      resized.disconnect();
      box.remove();
    },
  };
};
