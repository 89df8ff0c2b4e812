// The table of results: a row for each rule.
import { sizes } from "../../data/digits.js";
import { element } from "../controls/control.js";
import { short } from "../draw/numbers.js";
import type { RunReport } from "./client.js";
import type { Plan } from "./plan.js";
import { updatesPerEpoch } from "./run.js";
import type { Strings } from "./strings.js";

const columns = ["rate", "batch", "perEpoch", "updates", "loss", "accuracy", "seconds", "each"] as const;

const last = <T>(list: readonly T[]): T | undefined => list[list.length - 1];

export const percent = (share: number): string => (100 * share).toFixed(1);

/** Fills the table. `report` is undefined until the run is ready. */
export function fillResults(
  table: HTMLTableElement,
  plan: Plan,
  labels: readonly string[],
  reports: readonly (RunReport | undefined)[],
  swatch: (racer: number) => Node,
  texts: Strings,
  locale: string,
): void {
  const number = (value: number) => value.toLocaleString(locale);
  const head = element(
    "tr",
    {},
    ...(["rule", ...columns] as const).map((name) => element("th", { scope: "col" }, texts.columns[name])),
  );
  const rows = plan.runs.map(({ batch }, i) => {
    const report = reports[i];
    const loss = report && last(report.losses)?.loss;
    const accuracy = report && last(report.accuracies)?.accuracy;
    const cells: { readonly [column in (typeof columns)[number]]: string } = {
      rate: report ? `${short(report.rate)}${report.found ? ` (${texts.foundRate})` : ""}` : "–",
      batch: batch === "all" ? texts.all(number(sizes.train)) : number(Math.min(batch, sizes.train)),
      perEpoch: number(updatesPerEpoch(sizes.train, batch)),
      updates: report ? (report.failed ? texts.diverged(number(report.updates)) : number(report.updates)) : "–",
      loss: loss === undefined ? "–" : short(loss),
      accuracy: accuracy === undefined ? "–" : `${percent(accuracy)} %`,
      seconds: report && report.updates > 0 ? report.seconds.toFixed(2) : "–",
      each: report && report.updates > 0 ? number(Math.round((1e6 * report.seconds) / report.updates)) : "–",
    };
    const name = element("th", { scope: "row", className: "pg-run" }, swatch(i), labels[i]);
    return element("tr", {}, name, ...columns.map((column) => element("td", {}, cells[column])));
  });
  table.replaceChildren(element("thead", {}, head), element("tbody", {}, ...rows));
}
