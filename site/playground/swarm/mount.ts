// View B: each rule from many starts at once.
import { showControls } from "../cells/legend.js";
import { boxControl, choiceControl, element } from "../controls/control.js";
import { Player } from "../controls/player.js";
import { swatch } from "../controls/swatch.js";
import { Chart } from "../draw/chart.js";
import { short } from "../draw/numbers.js";
import { onTheme } from "../draw/palette.js";
import { fillTable, makeTable } from "../draw/table.js";
import { labelsOf } from "../labels.js";
import { mostParticles } from "../particles/layout.js";
import { mostPerFrame, mostSteps, type State } from "../state.js";
import type { MountView } from "../view.js";
import { History } from "./history.js";
import { notesOf } from "./notes.js";
import { chosenCount, countOf, lastCount, Pace } from "./pace.js";
import { Stage } from "./stage.js";
import { strings } from "./strings.js";
import "./swarm.css";
import { Swarm } from "./swarm.js";

/** Milliseconds that the steps of a frame may take. What is left waits for the next frame. */
const frameBudget = 30;
/** Milliseconds between updates of the chart while particles move. */
const chartPeriod = 250;
/** Up to this step, more particles begin at once and catch up. Later they wait for the next start. */
const lastGrowth = 64;
/** Lengths of the scrubber, which grows. */
const lengths = [300, 1000, 3000, mostSteps];

const counts = [1_000, 10_000, 20_000, 50_000, 100_000, 200_000, mostParticles.elements];

/** What a swarm depends on. */
const keyOf = ({ surface, start, tuned, racers, settings }: Readonly<State>) =>
  JSON.stringify([surface, tuned && start, racers, [...settings]]);

export const mount: MountView = (place, shell) => {
  const { locale } = shell;
  const texts = strings[locale];
  const stage = new Stage();
  const pace = new Pace();
  const history = new History();
  const hidden = new Set<number>();
  const legend = element("div", { className: "pg-legend" });
  const notes = element("ul", { className: "pg-notes" });
  const controls = element("div", { className: "pg-controls" });
  const live = element("p", { className: "pg-hidden" });
  const frameTime = element("p", { className: "pg-note" });
  live.setAttribute("role", "status");
  const table = makeTable(texts.whereTable, () => fill());
  const chartBox = element("div");
  const chart = new Chart(chartBox, { title: texts.chart, x: texts.steps, y: texts.percent, table: texts.table });

  let key = keyOf(shell.state);
  let count = countOf(shell.state);
  let swarm = new Swarm(shell.state, count);
  let target = shell.state.step;
  let frame = 0;
  let lastChart = 0;

  const labels = () => labelsOf(shell.state.racers);
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

  const player = new Player({
    locale,
    far: true,
    steps: () => lengths.find((length) => length > swarm.t) ?? mostSteps,
    shown: () => swarm.t,
    perFrame: () => shell.state.perFrame,
    goesOn: () => swarm.t < mostSteps,
    go: (t) => {
      target = Math.min(t, mostSteps);
      work();
    },
    onPause: () => {
      showNumbers();
      stage.summary = live.textContent = summary();
      if (swarm.t === target) shell.change({ step: swarm.t });
    },
  });

  function summary(): string {
    const rules = swarm.lanes.map((lane, i) => {
      const { at, lost } = swarm.shares(lane);
      return texts.share(labels()[i], percent(at.reduce((sum, share) => sum + share, 0)), percent(lost));
    });
    return texts.summary(swarm.surface.title[locale], swarm.t, rules.join("; "));
  }

  /** New particles at their starts. */
  function restart(): void {
    swarm.dispose();
    swarm = new Swarm(shell.state, count);
    history.clear();
    history.add(swarm);
  }

  /** The work of a frame: steps towards the target, and the picture. */
  function work(): void {
    cancelAnimationFrame(frame);
    const begin = performance.now();
    if (target < swarm.t) restart();
    while (swarm.t < target && performance.now() - begin < frameBudget) {
      swarm.step();
      history.add(swarm);
    }
    stage.draw(swarm, (lane) => !hidden.has(lane));
    const took = performance.now() - begin;
    if (player.playing && chosenCount(shell.state) === undefined && pace.tell(took)) grow();
    if (performance.now() - lastChart > chartPeriod) {
      frameTime.textContent = texts.frame(took.toFixed(1));
      showNumbers();
    }
    if (swarm.t < target) catchUp();
  }

  /** Goes on in the next frame. While the player plays, it does. */
  function catchUp(): void {
    if (player.playing) return;
    frame = requestAnimationFrame(() => {
      work();
      player.show();
      if (swarm.t === target) settle();
    });
  }

  /** Twice as many particles. The first ones have the same starts as before. */
  function grow(): void {
    const next = Math.min(2 * count, lastCount);
    if (next === count || swarm.t > lastGrowth) return;
    const { t } = swarm;
    count = next;
    restart();
    while (swarm.t < t) {
      swarm.step();
      history.add(swarm);
    }
    showNotes();
  }

  function showNumbers(): void {
    lastChart = performance.now();
    history.end(swarm);
    const lines = labels().map((label, racer) => ({ label, racer, values: history.shares[racer] ?? [] }));
    chart.set(history.steps, lines);
    if (table.open) fill();
  }

  /** What stands still after the last step. */
  function settle(): void {
    showNumbers();
    stage.summary = summary();
  }

  function fill(): void {
    const shares = swarm.lanes.map((lane) => swarm.shares(lane));
    const { minima } = swarm.surface;
    const places = minima.map(([x, y], i) => ({
      name: texts.minimumAt(short(x), short(y)),
      shares: shares.map(({ at }) => at[i]),
    }));
    const rest = shares.map(({ at, lost }) => 1 - lost - at.reduce((sum, share) => sum + share, 0));
    const rows = [
      ...places.filter((row) => row.shares.some((share) => share > 0)),
      { name: texts.elsewhere, shares: rest },
      { name: texts.lost, shares: shares.map(({ lost }) => lost) },
    ];
    fillTable(table, [texts.where, ...labels()], rows.length, (row, column) =>
      column === 0 ? rows[row].name : percent(rows[row].shares[column - 1]),
    );
  }

  function showNotes(): void {
    notes.replaceChildren(...notesOf(swarm, labels(), locale).map((note) => element("li", {}, note)));
  }

  function showLegend(): void {
    const boxes = labels().map((label, i) => {
      const box = boxControl({
        label: texts.show(label),
        value: !hidden.has(i),
        onInput(on) {
          if (on) hidden.delete(i);
          else hidden.add(i);
          stage.draw(swarm, (lane) => !hidden.has(lane));
          return undefined;
        },
      });
      box.element.querySelector("label")?.append(" ", swatch(i));
      return box;
    });
    showControls(legend, boxes);
  }

  function renewControls(): void {
    const { state } = shell;
    const chosen = chosenCount(state);
    const numbers = [...new Set([...counts, ...(chosen ? [chosen] : [])])].sort((a, b) => a - b);
    const particles = choiceControl({
      label: texts.particles,
      value: chosen ? String(chosen) : "",
      choices: [["", texts.automatic], ...numbers.map((number) => [String(number), number.toLocaleString(locale)] as const)],
      onInput(value) {
        shell.set("particles", value === "" ? undefined : value);
        return undefined;
      },
    });
    const perFrame = choiceControl({
      label: texts.perFrame,
      value: String(state.perFrame),
      choices: Array.from({ length: Math.log2(mostPerFrame) + 1 }, (_, i) => [String(2 ** i), String(2 ** i)] as const),
      onInput(value) {
        shell.change({ perFrame: Number(value) });
        return undefined;
      },
    });
    showControls(controls, [particles, perFrame]);
  }

  function showAll(): void {
    stage.show(swarm);
    work();
    player.show();
    showLegend();
    showNotes();
    renewControls();
    settle();
  }

  function change(): void {
    const { state } = shell;
    const next = keyOf(state);
    if (next !== key) {
      key = next;
      if (swarm.lanes.length !== state.racers.length) hidden.clear();
      target = swarm.t;
      count = countOf(state);
      restart();
      showAll();
    } else if (state.step !== swarm.t && !player.playing) {
      target = state.step;
      work();
      player.show();
    }
  }

  /** Space plays and pauses, R restarts, where no control uses these keys. */
  function press(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if ((event.target as HTMLElement).closest("input, select, textarea, button, summary, a")) return;
    if (event.key === " ") player.toggle();
    else if (event.key.toLowerCase() === "r") player.restart();
    else return;
    event.preventDefault();
  }

  const box = element(
    "section",
    { className: "pg-swarm" },
    element("p", {}, texts.intro),
    stage.element,
    player.element,
    legend,
    controls,
    frameTime,
    notes,
    chartBox,
    table,
    live,
  );
  place.append(box);
  document.addEventListener("keydown", press);
  const stop = [
    shell.onChange(change),
    onTheme(() => showAll()),
    () => document.removeEventListener("keydown", press),
    () => cancelAnimationFrame(frame),
  ];
  history.add(swarm);
  showAll();

  return {
    destroy() {
      for (const end of stop) end();
      player.destroy();
      chart.destroy();
      swarm.dispose();
      box.remove();
    },
  };
};
