// View E: rules learn to read digits, in a worker.
import { sizes, source } from "../../data/digits.js";
import { button, choiceControl, element } from "../controls/control.js";
import { mountRacers } from "../controls/racers.js";
import { swatch } from "../controls/swatch.js";
import { loadDocs } from "../docs/docs.js";
import { short } from "../draw/numbers.js";
import { onTheme } from "../draw/palette.js";
import type { State } from "../state.js";
import type { Mounted, MountView, Shell } from "../view.js";
import { Bar } from "./bar.js";
import { Charts } from "./charts.js";
import { Client } from "./client.js";
import { type Axis, axes } from "./curves.js";
import { runLabels } from "./labels.js";
import { layers } from "./network.js";
import { type Batch, type Plan, planOf, roundsOf } from "./plan.js";
import { presets } from "./presets.js";
import { fillResults, percent } from "./results.js";
import { updatesPerEpoch } from "./run.js";
import { makeSettings } from "./settingsPanel.js";
import { strings } from "./strings.js";
import { WeightsPanel } from "./weightsPanel.js";
import "../panels.css";
import "./training.css";

/** The playground for the list of rules, which shows the library's defaults where no rate is set: other rates belong to surfaces. */
const withDefaults = (shell: Shell): Shell => ({
  ...shell,
  get state() {
    return { ...shell.state, tuned: false };
  },
});

/** Milliseconds: between redraws, between pictures of weights, between announcements, and until a changed setting takes effect. */
const periods = { draw: 150, weights: 600, announce: 5000, settle: 300 };

const isAxis = (text: string | undefined): text is Axis => axes.includes(text as Axis);

export const mount: MountView = (place, shell) => {
  const { locale } = shell;
  const texts = strings[locale];
  const number = (value: number) => value.toLocaleString(locale);
  const batchText = (batch: Batch) => texts.batchOf(number(batch === "all" ? sizes.train : batch));

  let plan: Plan = planOf(shell.state);
  /** The rounds that the address has because of this view. */
  let ownRounds = roundsOf(shell.state.settings);
  let settling = 0;
  const last = { draw: 0, weights: 0, announce: 0 };
  const labels = () => runLabels(plan, batchText);
  /** Updates in an epoch of the largest batch: the rounds of an epoch. */
  const roundsPerEpoch = () => Math.min(...plan.runs.map(({ batch }) => updatesPerEpoch(sizes.train, batch)));
  const epochsDone = () => client.rounds / roundsPerEpoch();

  const client = new Client({
    onProgress() {
      if (client.status !== "running") record();
      show(client.status !== "running");
    },
    onWeights(run, weights) {
      const report = client.reports[run];
      if (run === panel.run && report)
        panel.show({ weights, label: labels()[run], update: number(report.updates), seed: plan.seed });
    },
  });

  const bar = new Bar(texts, {
    toggle() {
      if (client.status === "running") client.pause();
      else if (client.status === "finished") begin(Number.POSITIVE_INFINITY);
      else client.advance(Number.POSITIVE_INFINITY);
    },
    restart: () => begin(0),
    round: () => client.advance(client.rounds + 1),
    epoch: () => client.advance((Math.floor(epochsDone()) + 1) * roundsPerEpoch()),
  });
  const settings = makeSettings(shell, texts);
  const axis = shell.state.settings.get("axis");
  const charts = new Charts(texts, isAxis(axis) ? axis : axes[0]);
  const results = element("table");
  const panel = new WeightsPanel(texts, () => client.askWeights(panel.run));
  const live = element("p", { className: "pg-hidden" });
  live.setAttribute("role", "status");

  function begin(rounds: number): void {
    clearTimeout(settling);
    plan = planOf(shell.state);
    last.announce = performance.now();
    client.begin(plan, rounds);
  }

  /** Puts the rounds into the address when the training stands still. */
  function record(): void {
    if (client.status !== "paused" && client.status !== "finished") return;
    if (client.rounds === roundsOf(shell.state.settings)) return;
    ownRounds = client.rounds;
    shell.set("rounds", client.rounds > 0 ? String(client.rounds) : undefined);
  }

  function statusText(): string {
    const { status, error } = client;
    if (status === "failed") return `${texts.status.failed}: ${error}`;
    if (status === "loading") return texts.status.loading;
    if (status === "starting") return plan.tuned ? texts.status.startingTuned : texts.status.starting;
    return `${texts.status[status]}, ${texts.progress(number(Number(epochsDone().toFixed(2))), number(plan.epochs))}`;
  }

  function summary(): string {
    const runs = labels().map((label, i) => {
      const { losses, accuracies, failed } = client.reports[i];
      if (failed) return texts.runDiverged(label);
      const [loss, accuracy] = [losses[losses.length - 1]?.loss, accuracies[accuracies.length - 1]?.accuracy];
      return texts.runSummary(label, loss === undefined ? "–" : short(loss), accuracy === undefined ? "–" : percent(accuracy));
    });
    return texts.summary(number(Number(epochsDone().toFixed(2))), runs.join("; "));
  }

  /** Shows the news: all of it, or what is due. */
  function show(all: boolean): void {
    const now = performance.now();
    bar.show(client.status === "running", statusText(), epochsDone() / plan.epochs);
    if (!all && now - last.draw < periods.draw) return;
    last.draw = now;
    const { reports } = client;
    panel.offer(labels());
    fillResults(results, plan, labels(), reports, swatch, texts, locale);
    if (reports.length === 0) {
      if (client.status === "failed") live.textContent = statusText();
      return;
    }
    charts.show(plan, labels(), reports);
    if (all || now - last.weights > periods.weights) {
      last.weights = now;
      client.askWeights(panel.run);
    }
    if (client.rounds > 0 && (all || now - last.announce > periods.announce)) {
      last.announce = now;
      live.textContent = summary();
      charts.summary = summary();
    }
  }

  function change(patch: Partial<State>): void {
    if (patch.view !== undefined && patch.view !== "training") return; // this view is about to end
    settings.update();
    const { state } = shell;
    const next = state.settings.get("axis");
    charts.axis = isAxis(next) ? next : axes[0];
    axisChoice.set(isAxis(next) ? next : axes[0]);
    const rounds = roundsOf(state.settings);
    const asked = rounds !== ownRounds || patch.view !== undefined; // a link sets the view, too
    ownRounds = rounds;
    if (JSON.stringify(planOf(state)) !== JSON.stringify(plan)) {
      clearTimeout(settling);
      settling = window.setTimeout(() => begin(asked ? rounds : 0), periods.settle);
    } else if (asked && rounds !== client.rounds) begin(rounds);
    else if (client.reports.length > 0) show(true);
  }

  const presetButtons = Object.entries(presets).map(([name, preset]) => {
    const { title, why } = texts.preset[name as keyof typeof presets];
    const apply = () => {
      const settings = new Map(shell.state.settings);
      for (const [name, value] of Object.entries(preset.settings)) {
        if (value === undefined) settings.delete(name);
        else settings.set(name, value);
      }
      shell.change({ racers: preset.racers, tuned: preset.tuned, settings });
    };
    return element("li", {}, button(title, apply), element("span", {}, why));
  });
  const axisChoice = choiceControl({
    label: texts.axis,
    value: isAxis(axis) ? axis : axes[0],
    choices: axes.map((axis) => [axis, texts.axes[axis]]),
    onInput(value) {
      shell.set("axis", value === axes[0] ? undefined : value);
      return undefined;
    },
  });

  const wide = element("div", { className: "pg-wide", tabIndex: 0 }, results);
  wide.setAttribute("role", "region");
  wide.setAttribute("aria-label", texts.results);
  const rules = element("details", { className: "pg-more" }, element("summary", {}, texts.rules));
  const presetList = element("ul", { className: "pg-presets" }, ...presetButtons);
  presetList.setAttribute("aria-label", texts.presets);
  const licence = element("a", { href: source.licenceAddress }, source.licence);
  const sourceText = texts.sourceText(source.name, source.authors, number(sizes.train), number(sizes.test));
  const box = element(
    "div",
    { className: "pg-training" },
    element("p", {}, texts.about(number(sizes.train), number(sizes.test), layers)),
    presetList,
    bar.element,
    axisChoice.element,
    charts.element,
    element("p", { className: "pg-note" }, `${texts.lossNote} ${texts.seconds} ${texts.reproducible}`),
    element("section", { className: "pg-results" }, element("h2", {}, texts.results), wide),
    element("section", {}, element("h2", {}, texts.settings), settings.element),
    rules,
    panel.element,
    element("p", { className: "pg-note" }, element("strong", {}, texts.source), ` ${sourceText}`, licence, "."),
    live,
  );
  let racers: Mounted | undefined;
  let destroyed = false;
  void loadDocs().then((docs) => {
    if (!destroyed) racers = mountRacers(rules, withDefaults(shell), docs);
  });
  place.append(box);
  document.addEventListener("keydown", bar.press);
  const stop = [shell.onChange(change), onTheme(() => show(true))];
  settings.update();
  begin(ownRounds);

  return {
    destroy() {
      destroyed = true;
      racers?.destroy();
      for (const end of stop) end();
      clearTimeout(settling);
      document.removeEventListener("keydown", bar.press);
      client.destroy();
      charts.destroy();
      panel.destroy();
      box.remove();
    },
  };
};
