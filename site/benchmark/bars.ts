// The measured ways as bars. The text beside each bar has the same numbers.
import { make } from "./elements.js";
import { type Measurement, perParameter, ways } from "./measurement.js";
import type { Numbers } from "./numbers.js";
import type { Strings } from "./strings.js";

export function bars(measurement: Measurement, texts: Strings, numbers: Numbers): HTMLElement {
  const { rule, parameters, threads } = measurement;
  const ns = (milliseconds: number) => perParameter(milliseconds, parameters);
  const measured = ways.flatMap((way) => {
    const found = measurement.ways[way];
    return found ? [{ way, median: ns(found.median), spread: ns(found.spread) }] : [];
  });
  const longest = Math.max(...measured.map(({ median, spread }) => median + spread));
  const percent = (value: number) => `${(100 * Math.max(0, value)) / longest}%`;
  const rows = measured.map(({ way, median, spread }) => {
    const bar = make("div", { className: `bar bar-${way}` });
    bar.style.width = percent(median);
    const whisker = make("div", { className: "whisker" });
    whisker.style.left = percent(median - spread);
    whisker.style.width = percent(Math.min(2 * spread, median + spread));
    const value = `${numbers.short(median)} ns${way === "simd" ? "" : ` · ${numbers.short(median / measured[0].median)} ×`}`;
    const track = make("div", { className: "track", ariaHidden: "true" }, bar, whisker);
    return make("li", {}, make("span", { className: "name" }, texts.way(way, threads)), make("span", {}, value), track);
  });
  const left = ways.flatMap((way) => {
    const why = measurement.left[way];
    if (!why) return [];
    const text = "seconds" in why ? texts.notMeasured(numbers.short(why.seconds)) : texts.notPossible(why.error);
    return [make("li", {}, make("span", { className: "name" }, texts.way(way, threads)), make("span", {}, text))];
  });
  return make(
    "figure",
    {},
    make("figcaption", {}, make("strong", {}, texts.cell(rule, numbers.whole(parameters))), ` ${texts.unit} ${texts.spread}`),
    make("ul", { className: "bars" }, ...rows, ...left),
  );
}
