// View A: racers on contour lines, with charts and tables beside.
import { boxControl, choiceControl, element } from "../controls/control.js";
import { hyperValue } from "../controls/hyper.js";
import { Player } from "../controls/player.js";
import { swatch } from "../controls/swatch.js";
import { onTheme } from "../draw/palette.js";
import { labelsOf } from "../labels.js";
import { flagSetting } from "../settings.js";
import { mostPerFrame, mostSteps, type State } from "../state.js";
import type { MountView, Shell } from "../view.js";
import { RaceCanvas } from "./canvas.js";
import { RaceCharts } from "./charts.js";
import { alterationBetween } from "./live.js";
import { overlays, readOverlays } from "./overlays.js";
import { Race } from "./race.js";
import { strings } from "./strings.js";
import { summarize } from "./summary.js";
import { type Largest, resultsTable, stateTable } from "./tables.js";

/** Milliseconds between updates of charts and tables while the race plays. */
const chartPeriod = 120;

/** Lengths of the scrubber. It grows as the race does. */
const lengths = [200, 500, 1000, 2000, 5000, mostSteps];

/** Settings that change how a race is shown, but not the race. */
const shownOnly = ["show", "live"];

function overlayBoxes(shell: Shell): HTMLElement {
  const texts = strings[shell.locale];
  const boxes = overlays.map((overlay) =>
    boxControl({
      label: texts.overlays[overlay],
      value: readOverlays(shell.state.settings.get("show")).has(overlay),
      onInput(on) {
        const shown = readOverlays(shell.state.settings.get("show"));
        if (on) shown.add(overlay);
        else shown.delete(overlay);
        shell.set("show", shown.size > 0 ? [...shown].join(",") : undefined);
        return undefined;
      },
    }),
  );
  return element(
    "fieldset",
    { className: "pg-boxes" },
    element("legend", {}, texts.overlaysTitle),
    ...boxes.map((box) => box.element),
  );
}

/** A place for a table that may be wider than the page. */
function scrollBox(label: string): HTMLElement {
  const box = element("div", { className: "pg-results", tabIndex: 0 });
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", label);
  return box;
}

/** Whether two states have the same race. */
function sameRace(a: Readonly<State>, b: Readonly<State>): boolean {
  const settings = (state: Readonly<State>) => JSON.stringify([...state.settings].filter(([name]) => !shownOnly.includes(name)));
  return (
    a.surface === b.surface &&
    a.start.join() === b.start.join() &&
    a.tuned === b.tuned &&
    JSON.stringify(a.racers) === JSON.stringify(b.racers) &&
    settings(a) === settings(b)
  );
}

export const mount: MountView = (place, shell) => {
  const { locale } = shell;
  const texts = strings[locale];
  const largest: Largest = new Map();
  let shown = shell.state;
  let race = new Race(shown);
  let length = lengths[0];
  let lastCharts = 0;
  const labels = () => labelsOf(shell.state.racers);

  const canvas = new RaceCanvas(texts, (start) => shell.change({ start }));
  const legend = element("ul", { className: "pg-legend" });
  const altered = element("p", { hidden: true }, texts.altered);
  const live = element("p", { className: "pg-hidden" });
  live.setAttribute("role", "status");
  const results = scrollBox(texts.resultsTitle);
  const stateBox = scrollBox(texts.state);
  const stateDetails = element("details", { className: "pg-more" }, element("summary", {}, texts.state), stateBox);
  stateDetails.addEventListener("toggle", () => showState());
  const chartBox = element("div", { className: "pg-charts" });
  const charts = new RaceCharts(chartBox, locale);

  const player = new Player({
    locale,
    far: true,
    steps: () => length,
    shown: () => race.t,
    perFrame: () => shell.state.perFrame,
    goesOn: () => !race.over && race.t < mostSteps,
    go: (t) => {
      race.to(t);
      showStep();
      if (performance.now() - lastCharts > chartPeriod) showNumbers();
    },
    onPause: () => {
      showNumbers();
      canvas.summary = live.textContent = summarize(race, labels(), locale);
      shell.change({ step: race.t });
    },
  });

  function showState(): void {
    if (stateDetails.open) stateBox.replaceChildren(stateTable(race, labels(), largest, locale));
  }

  function showNumbers(): void {
    lastCharts = performance.now();
    const rates = shell.state.racers.map((_, i) => hyperValue(shell, i, "lr") as number);
    charts.show(race, labels());
    results.replaceChildren(resultsTable(race, labels(), rates, locale));
    showState();
  }

  function showStep(): void {
    // Play goes on beyond the end of the scrubber, which then grows.
    length = lengths.find((steps) => steps > race.t && steps >= length) ?? mostSteps;
    canvas.draw();
    altered.hidden = !race.altered;
  }

  function showLegend(): void {
    legend.replaceChildren(...labels().map((label, i) => element("li", {}, swatch(i), label)));
  }

  function showAll(): void {
    canvas.show(race, shell.state.start);
    canvas.summary = summarize(race, labels(), locale);
    showLegend();
    showStep();
    showNumbers();
    player.show();
  }

  /** A new race up to this step. */
  function renew(step: number): void {
    race.dispose();
    largest.clear();
    race = new Race({ ...shell.state, step });
    showAll();
  }

  function change(): void {
    const before = shown;
    shown = shell.state;
    canvas.overlays = readOverlays(shown.settings.get("show"));
    if (sameRace(before, shown)) {
      if (shown.step !== race.t && !player.playing) {
        race.to(shown.step);
        showAll();
      }
      return;
    }
    const alteration = flagSetting(shown.settings, "live") && race.t > 0 ? alterationBetween(before.racers, shown) : undefined;
    // While a race plays, its step is ahead of the state's.
    if (!alteration) renew(before.step === shown.step ? race.t : shown.step);
    else {
      race.alter(alteration.racer, alteration.name, alteration.value);
      canvas.redraw();
      showLegend();
      showNumbers();
      altered.hidden = false;
    }
  }

  const perFrame = choiceControl({
    label: texts.perFrame,
    value: String(shell.state.perFrame),
    choices: Array.from({ length: Math.log2(mostPerFrame) + 1 }, (_, i) => [String(2 ** i), String(2 ** i)] as const),
    onInput(value) {
      shell.change({ perFrame: Number(value) });
      return undefined;
    },
  });
  const liveBox = boxControl({
    label: texts.live,
    value: flagSetting(shell.state.settings, "live"),
    onInput(on) {
      shell.set("live", on ? "1" : undefined);
      return undefined;
    },
  });

  /** Space plays and pauses, R restarts, comma and full stop go a step, where no input uses these keys. */
  function press(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (event.altKey || event.ctrlKey || event.metaKey || target.closest("input, select, textarea, [contenteditable]")) return;
    const isButton = target.closest("button, summary, a") !== null && !target.classList.contains("pg-start");
    const actions: { readonly [key: string]: () => void } = {
      ...(isButton ? {} : { " ": () => player.toggle() }),
      r: () => player.restart(),
      ",": () => player.move(-1),
      ".": () => player.move(1),
    };
    const action = actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  }

  const left = element("div", { className: "pg-left" }, canvas.element, legend, player.element, altered, results);
  left.append(element("p", { className: "pg-keys" }, texts.keys), overlayBoxes(shell), perFrame.element, liveBox.element);
  const right = element("div", { className: "pg-right" }, chartBox, stateDetails);
  const box = element("div", { className: "pg-race" }, left, right, live);
  place.append(box);
  document.addEventListener("keydown", press);
  const stop = [shell.onChange(change), onTheme(showAll), () => document.removeEventListener("keydown", press)];
  canvas.overlays = readOverlays(shell.state.settings.get("show"));
  showAll();

  return {
    destroy() {
      for (const end of stop) end();
      player.destroy();
      canvas.destroy();
      charts.destroy();
      race.dispose();
      box.remove();
    },
  };
};
