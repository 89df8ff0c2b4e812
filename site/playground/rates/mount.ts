// Rates: the loss after some steps for each learning rate and each value of another option.
import { budgetControl } from "../cells/budget.js";
import "../cells/cells.css";
import "./rates.css";
import { readColour } from "../cells/colour.js";
import { showControls } from "../cells/legend.js";
import { button, choiceControl, element } from "../controls/control.js";
import { hyperValue } from "../controls/hyper.js";
import { short } from "../draw/numbers.js";
import { isDark, onTheme } from "../draw/palette.js";
import { fillTable, makeTable } from "../draw/table.js";
import { labelsOf } from "../labels.js";
import { ruleOf } from "../options.js";
import { startValues, tuningSteps } from "../racers.js";
import type { MountView } from "../view.js";
import { nearest, otherOptions, rateAxis } from "./axes.js";
import { CurveFigure } from "./curveFigure.js";
import { legendOf } from "./legend.js";
import { bestCell, columnOf, rowOf, setupOf } from "./map.js";
import { MapFigure } from "./mapFigure.js";
import { excessOf, fillOf, type Palette } from "./picture.js";
import { shownBy } from "./shown.js";
import { strings } from "./strings.js";

const paletteOf = (): Palette =>
  isDark()
    ? { background: [27, 27, 31], lower: readColour("#6db3ff"), higher: readColour("#ffa25e"), lost: [120, 120, 128] }
    : { background: [255, 255, 255], lower: readColour("#0b5cad"), higher: readColour("#b3470b"), lost: [110, 110, 118] };

export const mount: MountView = (place, shell) => {
  const { locale } = shell;
  const texts = strings[locale];
  const controls = element("div", { className: "pg-controls" });
  const legend = element("ul", { className: "pg-legend" });
  const reading = element("output", { className: "pg-reading" });
  const table = makeTable(texts.table, () => fill());
  const map = new MapFigure({ read: () => read(), take: () => take(), changed: () => update() }, texts.progress);
  const curve = new CurveFigure(locale);
  let shown = shownBy(shell.state);
  let key = "";

  const excess = () => excessOf(shown.surface, shell.state.start);
  const lossText = (loss: number) => {
    if (Number.isNaN(loss)) return texts.refused;
    return loss === Infinity ? texts.lost : texts.loss(short(loss), shown.budget);
  };
  const cellText = (cell: number) => {
    const { other } = shown;
    const options = `lr ${rateAxis.values[columnOf(cell)]}, ${other.name} ${other.values[rowOf(cell)]}`;
    return `${options}: ${map.known[cell] ? lossText(map.losses[cell]) : texts.unknown}`;
  };

  function read(): void {
    const text = cellText(map.canvas.cell);
    if (reading.textContent !== text) reading.textContent = text;
    map.canvas.reading = `${text}. ${texts.keys}`;
  }

  function take(): void {
    const setup = setupOf(shown, map.canvas.cell);
    const { racer, budget } = shown;
    shell.change({ view: "race", step: budget, racers: shell.state.racers.map((old, i) => (i === racer ? setup : old)) });
  }

  /** The cells of the best loss, of the defaults, and of the tuned rate. */
  function marked(): { readonly cell: number; readonly sign: string; readonly text: string }[] {
    const { setup, surface, other } = shown;
    const losses = map.losses.map((loss, cell) => (map.known[cell] ? loss : Infinity));
    const best = bestCell(losses);
    const { start } = shell.state;
    const at = (tuned: boolean) => {
      const values = startValues(setup.rule, surface, { tuned, start }) as { [name: string]: number | boolean };
      return nearest(other, values[other.name]) * rateAxis.values.length + nearest(rateAxis, values.lr);
    };
    return [
      ...(best === undefined ? [] : [{ cell: best, sign: "★", text: texts.best }]),
      { cell: at(false), sign: "◆", text: texts.default },
      { cell: at(true), sign: "●", text: texts.tuned },
    ];
  }

  function update(): void {
    const { other, surface, label } = shown;
    const cells = marked();
    map.canvas.marks = cells.map(({ cell, sign, text }) => ({
      x: (columnOf(cell) + 0.5) / rateAxis.values.length,
      y: (rowOf(cell) + 0.5) / other.values.length,
      text: sign,
      title: text,
    }));
    const best = cells[0].sign === "★" ? texts.bestIs(cellText(cells[0].cell)) : texts.noBest;
    map.canvas.summary = texts.summary(label, surface.title[locale], other.name, best);
    legend.replaceChildren(
      ...cells.map(({ cell, sign, text }) => element("li", {}, `${sign} ${text}: ${cellText(cell)}`)),
      ...legendOf(paletteOf(), locale),
    );
    read();
    if (table.open) fill();
  }

  /** For each rate the lowest loss, and the value of the other option that has it. */
  function fill(): void {
    const { other } = shown;
    const columns = rateAxis.values.length;
    const best = rateAxis.values.map((_, column) => {
      const losses = Float64Array.from(other.values, (_, row) => {
        const cell = row * columns + column;
        return map.known[cell] ? map.losses[cell] : Infinity;
      });
      const row = bestCell(losses);
      return row === undefined ? undefined : { loss: losses[row], value: other.values[row] };
    });
    fillTable(table, [texts.rate, texts.lowest, texts.at(other.name)], columns, (row, column) => {
      if (column === 0) return String(rateAxis.values[row]);
      const found = best[row];
      if (!found) return "–";
      return column === 1 ? short(found.loss) : String(found.value);
    });
  }

  function renewControls(): void {
    const { state } = shell;
    const setting = (name: string, first: string) => (value: string) => {
      shell.set(name, value === first ? undefined : value);
      return undefined;
    };
    const options = otherOptions(ruleOf(shown.setup.rule).spec);
    const made = [
      choiceControl({
        label: texts.racer,
        value: String(shown.racer),
        choices: labelsOf(state.racers).map((label, i) => [String(i), label] as const),
        onInput: setting("map", "0"),
      }),
      choiceControl({
        label: texts.other,
        value: shown.other.name,
        choices: options.map((option) => [option, option] as const),
        onInput: setting("other", options[0]),
      }),
      budgetControl(shell, texts.budget),
    ];
    showControls(controls, made);
  }

  function paint(): void {
    const [toExcess, palette] = [excess(), paletteOf()];
    map.repaint((loss) => fillOf(loss, toExcess, palette));
  }

  /** Computes the map anew if it has changed. */
  function renew(): void {
    shown = shownBy(shell.state);
    renewControls();
    const { state } = shell;
    const { setup, other, budget, surface } = shown;
    const job = { setup, surface: state.surface, state: { start: state.start, settings: new Map(state.settings) }, budget };
    const now = JSON.stringify([job, [...state.settings], other.name]);
    if (now === key) return;
    key = now;
    const [toExcess, palette] = [excess(), paletteOf()];
    map.start(other, { ...job, other: other.name }, (loss) => fillOf(loss, toExcess, palette));
    map.canvas.cell = currentCell();
    update();
    curve.show(setup, surface, state);
  }

  /** The cell of the racer's own options. */
  function currentCell(): number {
    const { racer, other } = shown;
    const row = nearest(other, hyperValue(shell, racer, other.name));
    return row * rateAxis.values.length + nearest(rateAxis, hyperValue(shell, racer, "lr"));
  }

  reading.setAttribute("aria-live", "polite");
  const box = element(
    "section",
    { className: "pg pg-maps" },
    element("p", {}, texts.intro),
    controls,
    map.element,
    reading,
    button(texts.race, take),
    legend,
    element("p", {}, `● ${texts.tuned}: ${texts.tunedMeaning(tuningSteps)}. ${texts.measured}`),
    table,
    curve.element,
  );
  place.append(box);
  const stop = [
    shell.onChange(renew),
    onTheme(() => {
      paint();
      update();
    }),
  ];
  renew();
  return {
    destroy() {
      for (const end of stop) end();
      map.destroy();
      curve.destroy();
      box.remove();
    },
  };
};
