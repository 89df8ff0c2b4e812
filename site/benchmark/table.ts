// The table of all measurements of this visit. The newest row is the first.
import { make } from "./elements.js";
import { type Measurement, perParameter, ways } from "./measurement.js";
import type { Numbers } from "./numbers.js";
import type { Strings } from "./strings.js";

/** `show` is called when the reader chooses a row. */
export function table(
  measurements: readonly Measurement[],
  texts: Strings,
  numbers: Numbers,
  show: (measurement: Measurement) => void,
): HTMLElement {
  const threads = Math.max(...measurements.map(({ threads }) => threads));
  const shown = ways.filter((way) => measurements.some((measurement) => measurement.ways[way]));
  const titles = [
    texts.rule,
    texts.parameters,
    ...shown.map((way) => (way === "threads" ? texts.threads : texts.way(way, threads))),
  ];
  const head = make("tr", {}, ...titles.map((title) => make("th", { scope: "col" }, title)));
  const rows = measurements.map((measurement) => {
    const { rule, parameters, threads } = measurement;
    const times = shown.map((way) => {
      const found = measurement.ways[way];
      if (!found) return make("td", {}, "–");
      const [median, spread] = [found.median, found.spread].map((time) => numbers.short(perParameter(time, parameters)));
      return make("td", {}, `${median} ± ${spread}${way === "threads" ? ` (${threads})` : ""}`);
    });
    const name = make("button", { type: "button", title: texts.show, onclick: () => show(measurement) }, rule);
    return make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, numbers.whole(parameters)), ...times);
  });
  const whole = make("table", {}, make("caption", {}, texts.results), make("thead", {}, head), make("tbody", {}, ...rows));
  const region = make("div", { className: "scrolls", tabIndex: 0, role: "region", ariaLabel: texts.results }, whole);
  return region;
}
