// The table of medians: a row for each method.
import { element } from "../controls/control.js";
import { swatch } from "../controls/swatch.js";
import { below, type MeasureName, measures, ofMethod, spread } from "./comparison.js";
import { baseline, methodNames } from "./methods.js";
import type { Strings } from "./strings.js";
import type { Outcome } from "./training.js";

const names = Object.keys(measures) as MeasureName[];

const digits = (name: MeasureName, value: number) =>
  name === "accuracy" ? value.toFixed(1) : String(Number(value.toPrecision(2)));

export function fillTable(table: HTMLTableElement, outcomes: readonly Outcome[], texts: Strings): void {
  const heads = [texts.method, ...names.map((name) => texts.columns[name]), texts.flatter];
  const rows = methodNames.map((method, i) => {
    const own = ofMethod(outcomes, method);
    const cells = names.map((name) => {
      if (own.length === 0) return "–";
      const { median, least, most } = spread(own, measures[name]);
      const range = element("small", {}, ` (${digits(name, least)}–${digits(name, most)})`);
      return element("span", {}, digits(name, median), ...(own.length > 1 ? [range] : []));
    });
    const { lower, of } = below(outcomes, method, measures.worst);
    const flatter = method === baseline || of === 0 ? "–" : texts.ofSeeds(lower, of);
    const name = element("th", { scope: "row", className: "pg-run" }, swatch(i), texts.methods[method]);
    return element("tr", {}, name, ...[...cells, flatter].map((cell) => element("td", {}, cell)));
  });
  table.replaceChildren(
    element("thead", {}, element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)))),
    element("tbody", {}, ...rows),
  );
}
