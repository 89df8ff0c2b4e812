// Basins: which minimum a rule reaches from each start, and in how many steps. Two rules side by side.
import { budgetControl } from "../cells/budget.js";
import "../cells/cells.css";
import { readColour } from "../cells/colour.js";
import { showControls } from "../cells/legend.js";
import { button, choiceControl, element } from "../controls/control.js";
import { short } from "../draw/numbers.js";
import { isDark, onTheme, strokes } from "../draw/palette.js";
import { fillTable, makeTable } from "../draw/table.js";
import { labelsOf } from "../labels.js";
import { layoutOfRaces } from "../particles/layout.js";
import { withRate } from "../particles/particles.js";
import { Reach } from "../particles/reach.js";
import type { Surface } from "../surfaces.js";
import type { MountView } from "../view.js";
import { legendOf, mostNamed } from "./legend.js";
import { diverged, unfinished } from "./outcomes.js";
import { Panel } from "./panel.js";
import { cellOf, startOf, strides } from "./passes.js";
import { fillOf, type Palette, spread } from "./picture.js";
import { racerOf, shownBy, sides, size } from "./shown.js";
import { strings } from "./strings.js";
import { tally } from "./tally.js";
import type { FieldJob } from "./worker.js";

function paletteOf({ minima }: Surface): Palette {
  const theme = isDark() ? "dark" : "light";
  return {
    minima: spread(minima, strokes.length).map((number) => readColour(strokes[number][theme])),
    background: isDark() ? [27, 27, 31] : [255, 255, 255],
    unfinished: isDark() ? [90, 90, 98] : [196, 196, 202],
    diverged: isDark() ? [150, 150, 158] : [90, 90, 98],
  };
}

export const mount: MountView = (place, shell) => {
  const { locale } = shell;
  const texts = strings[locale];
  const controls = element("div", { className: "pg-controls" });
  const notes = element("div");
  const legend = element("ul", { className: "pg-legend" });
  const reading = element("output", { className: "pg-reading" });
  const table = makeTable(texts.table, () => fill());
  const panels = sides.map(
    () => new Panel({ read: (cell) => read(cell), take: (cell) => take(cell), changed: () => update() }, texts.progress),
  );
  const keys: string[] = ["", ""];
  let shown = shownBy(shell.state);

  const nameOf = (where: number) => {
    if (where === unfinished) return texts.unfinished;
    if (where === diverged) return texts.diverged;
    const { minima } = shown.surface;
    const [x, y] = minima[where].map(short);
    return minima.length > mostNamed ? texts.minimumAt(where + 1, x, y) : texts.minimum(where + 1);
  };

  /** The computed cell that stands for this one in both pictures. */
  function standing(cell: number): number | undefined {
    const { columns } = panels[0].grid;
    for (const stride of [...strides].reverse()) {
      const row = Math.floor(cell / columns);
      const column = cell % columns;
      const found = (row - (row % stride)) * columns + column - (column % stride);
      if (panels.every(({ known }) => known[found])) return found;
    }
    return undefined;
  }

  function read(cell: number): void {
    const found = standing(cell) ?? cell;
    const [x, y] = startOf(panels[0].grid, shown.surface, found).map(String);
    const lines = panels.map(({ known, outcomes }, side) => {
      const where = outcomes.where[found];
      if (!known[found]) return texts.unknown(shown.labels[side]);
      if (where === unfinished || where === diverged) return texts.notReached(shown.labels[side], nameOf(where));
      return texts.reached(shown.labels[side], nameOf(where), outcomes.steps[found]);
    });
    const text = [texts.start(x, y), ...lines].join(". ");
    if (reading.textContent !== text) reading.textContent = text;
    for (const { canvas } of panels) {
      canvas.cell = cell;
      canvas.reading = `${text}. ${texts.keys}`;
    }
  }

  /** Races from a start, at the rates of the pictures: tuned ones are tuned for another start. */
  function take(cell: number): void {
    const start = startOf(panels[0].grid, shown.surface, standing(cell) ?? cell);
    const { state } = shell;
    const racers = state.tuned ? state.racers.map((setup) => withRate(setup, shown.surface, state)) : state.racers;
    shell.change({ view: "race", start, racers, step: shown.budget });
  }

  const counts = () => panels.map(({ outcomes, known }) => tally(outcomes, known, shown.surface.minima.length));
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

  function fill(): void {
    const [left, right] = counts();
    // All outcomes that some start has.
    const rows = left.map((row, i) => [row, right[i]]).filter((pair) => pair.some(({ share }) => share > 0));
    const head = [texts.outcome, ...shown.labels.flatMap((label) => [texts.share(label), texts.median(label)])];
    fillTable(table, head, rows.length, (row, column) => {
      if (column === 0) return nameOf(rows[row][0].where);
      const { share, median } = rows[row][(column - 1) >> 1];
      return column % 2 === 1 ? percent(share) : median === undefined ? "–" : String(median);
    });
  }

  function update(): void {
    read(panels[0].canvas.cell);
    if (table.open) fill();
    for (const [side, rows] of counts().entries()) {
      const most = rows.filter(({ share }) => share > 0).sort((a, b) => b.share - a.share);
      const parts = most.slice(0, 6).map(({ share, where }) => texts.part(percent(share), nameOf(where)));
      panels[side].canvas.summary = texts.summary(shown.labels[side], shown.surface.title[locale], parts.join(", "));
    }
  }

  function renewControls(): void {
    const { state } = shell;
    const labels = labelsOf(state.racers).map((label, racer) => [String(racer), label] as const);
    const choices = sides.map((name, side) =>
      choiceControl({
        label: texts[name],
        value: String(racerOf(state, side)),
        choices: labels,
        onInput(value) {
          shell.set(name, value === String(side) ? undefined : value);
          return undefined;
        },
      }),
    );
    showControls(controls, [...choices, budgetControl(shell, texts.budget)]);
  }

  function showNotes(): void {
    const reasons = shown.setups.map((setup, side) => {
      const { kind, because } = layoutOfRaces(setup, shown.surface);
      if (kind === "elements") return undefined;
      if (kind === "tensors") return texts.tensors(shown.labels[side]);
      return because === "noise" ? texts.noise : texts.alone(because === "rule" ? shown.labels[side] : String(because));
    });
    const lines = [
      texts.within(short(new Reach(shown.surface).radius)),
      ...new Set(reasons.filter((reason) => reason !== undefined)),
    ];
    notes.replaceChildren(...lines.map((line) => element("p", {}, line)));
  }

  /** Computes the pictures that have changed. */
  function renew(): void {
    shown = shownBy(shell.state);
    const { surface, setups, labels, budget } = shown;
    const { state } = shell;
    const palette = paletteOf(surface);
    const paint = (where: number, steps: number) => fillOf(where, steps, budget, palette);
    for (const [side, panel] of panels.entries()) {
      const job: FieldJob = { setup: setups[side], surface: state.surface, settings: new Map(state.settings), budget, size };
      const key = JSON.stringify([job, [...state.settings].filter(([name]) => !sides.includes(name as "left"))]);
      if (key === keys[side]) continue;
      keys[side] = key;
      const moved = panel.grid.columns === 1;
      panel.start(`${labels[side]}, ${texts.rate(String(setups[side].options.lr))}`, surface, job, paint);
      panel.canvas.marks = markMinima(surface);
      if (moved) panel.canvas.cell = cellOf(panel.grid, surface, state.start);
    }
    renewControls();
    showNotes();
    legend.replaceChildren(...legendOf(shown.surface, shown.budget, palette, locale));
    update();
  }

  function markMinima({ minima, bounds: [x0, x1, y0, y1] }: Surface) {
    if (minima.length > mostNamed) return [];
    return minima.map(([x, y], i) => ({
      x: (x - x0) / (x1 - x0),
      y: (y - y0) / (y1 - y0),
      text: String(i + 1),
      title: texts.minimumAt(i + 1, short(x), short(y)),
    }));
  }

  function recolour(): void {
    const palette = paletteOf(shown.surface);
    for (const panel of panels) panel.repaint((where, steps) => fillOf(where, steps, shown.budget, palette));
    legend.replaceChildren(...legendOf(shown.surface, shown.budget, palette, locale));
  }

  reading.setAttribute("aria-live", "polite");
  const box = element(
    "section",
    { className: "pg pg-maps" },
    element("p", {}, texts.intro),
    controls,
    element("div", { className: "pg-pictures" }, ...panels.map((panel) => panel.element)),
    reading,
    button(texts.race, () => take(panels[0].canvas.cell)),
    legend,
    notes,
    table,
  );
  place.append(box);
  const stop = [shell.onChange(renew), onTheme(recolour)];
  renew();
  return {
    destroy() {
      for (const end of stop) end();
      for (const panel of panels) panel.destroy();
      box.remove();
    },
  };
};
