// Tables below a race: the steps that each racer needed, and the state of each optimizer as bars.
import { element } from "../controls/control.js";
import { swatch } from "../controls/swatch.js";
import { short } from "../draw/numbers.js";
import type { Locale } from "../view.js";
import { arrival, distanceAt, hasDiverged, lossAt, tolerance } from "./measures.js";
import type { Race } from "./race.js";
import { strings } from "./strings.js";

const row = (head: Node | string, ...cells: (Node | string)[]) =>
  element("tr", {}, Object.assign(element("th", {}, head), { scope: "row" }), ...cells.map((cell) => element("td", {}, cell)));

const heads = (...texts: string[]) =>
  element("tr", {}, ...texts.map((text) => Object.assign(element("th", {}, text), { scope: "col" })));

const named = (racer: number, label: string) => element("span", { className: "pg-name" }, swatch(racer), label);

/** Steps until each racer has arrived, its distance and its loss. */
export function resultsTable(race: Race, labels: readonly string[], rates: readonly number[], locale: Locale): HTMLTableElement {
  const texts = strings[locale];
  const { surface, t, reached } = race;
  const rows = race.lanes.map((lane, i) => {
    if (!lane.racer) return row(named(i, labels[i]), element("span", { className: "pg-error" }, lane.error ?? ""), "", "", "");
    const steps = arrival(surface, lane, reached);
    const outcome = hasDiverged(surface, lane, reached)
      ? texts.diverged
      : steps === undefined
        ? texts.notYet
        : texts.arrived(steps);
    const numbers = [rates[i], distanceAt(surface, lane, t), lossAt(surface, lane, t)].map(short);
    const made = row(named(i, labels[i]), outcome, ...numbers);
    // With all digits, to compare browsers with.
    made.dataset.position = `${lane.points[2 * t]} ${lane.points[2 * t + 1]}`;
    return made;
  });
  const caption = element("caption", {}, texts.results(String(tolerance)));
  const head = heads(texts.racer, texts.steps, "lr", texts.shortDistance, texts.loss);
  return element("table", {}, caption, element("thead", {}, head), element("tbody", {}, ...rows));
}

/** A number with a bar: to the right if positive, to the left if negative. */
function bar(value: number, most: number): HTMLElement {
  const share = most > 0 && Number.isFinite(value) ? (50 * Math.abs(value)) / most : 0;
  const fill = element("span", { className: "pg-bar-fill" });
  fill.style.width = `${share}%`;
  fill.style.left = `${value < 0 ? 50 - share : 50}%`;
  const whole = element("span", { className: "pg-bar" }, fill);
  return element("span", { className: "pg-state" }, short(value), whole);
}

/** The largest number of each state array so far, so that bars shrink as numbers do. */
export type Largest = Map<string, number>;

/** The state arrays of all racers at the shown step, and the numbers that their rules carry. */
export function stateTable(race: Race, labels: readonly string[], largest: Largest, locale: Locale): HTMLTableElement {
  const texts = strings[locale];
  const rows = race.lanes.flatMap(({ racer }, i) => {
    if (!racer) return [];
    const arrays = Object.entries<{ point?: Float32Array } | undefined>(racer.optimizer.state);
    const slots = arrays.flatMap(([slot, array]) =>
      array?.point && array.point.length > 0 ? [[slot, array.point] as const] : [],
    );
    const stateRows = slots.map(([slot, values]) => {
      const key = `${i} ${slot}`;
      const most = Math.max(largest.get(key) ?? 0, ...Array.from(values, Math.abs).filter(Number.isFinite));
      largest.set(key, most);
      return row(slot, ...Array.from(values, (value) => bar(value, most)));
    });
    const carried = Object.entries(racer.optimizer.carry).map(([name, value]) => row(name, short(value)));
    const own = [...stateRows, ...carried];
    const head = Object.assign(element("th", { colSpan: 3 }, named(i, labels[i])), { scope: "rowgroup" });
    return [
      element("tr", {}, head),
      ...(own.length > 0 ? own : [element("tr", {}, element("td", { colSpan: 3 }, texts.noState))]),
    ];
  });
  return element("table", {}, element("thead", {}, heads(texts.array, "x", "y")), element("tbody", {}, ...rows));
}
