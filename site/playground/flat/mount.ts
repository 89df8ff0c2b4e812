// View F: how flat is the minimum that each method finds?
import { button, choiceControl, element } from "../controls/control.js";
import { swatch } from "../controls/swatch.js";
import { Chart } from "../draw/chart.js";
import { short } from "../draw/numbers.js";
import { onTheme } from "../draw/palette.js";
import type { MountView } from "../view.js";
import { measures, medianRange, ofMethod, spread } from "./comparison.js";
import { trained } from "./flowers.js";
import { sliceDistances } from "./jobs.js";
import type { News, Order } from "./messages.js";
import { type MethodName, methodNames } from "./methods.js";
import { layers } from "./network.js";
import { type Direction, directions, planOf } from "./plan.js";
import { makeSettings } from "./settingsPanel.js";
import type { Slice } from "./slices.js";
import { strings } from "./strings.js";
import { drawStrip } from "./strip.js";
import { fillTable } from "./table.js";
import type { Outcome } from "./training.js";
import "../panels.css";
import "./flat.css";

/** All flowers are 150. */
const tested = 150 - trained;

/** Milliseconds until a changed setting takes effect. */
const settle = 400;

export const mount: MountView = (place, shell) => {
  const { locale } = shell;
  const texts = strings[locale];
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  let plan = planOf(shell.state.settings);
  let number = 0;
  let settling = 0;
  let finished = false;
  let failed = 0;
  let outcomes: Outcome[] = [];
  let failures = new Map<MethodName, string>();
  let slices = new Map<MethodName, Slice>();

  const status = element("output", { className: "pg-status" });
  status.setAttribute("aria-live", "off");
  const progress = element("progress", { max: 1, value: 0, className: "pg-progress" });
  const live = element("p", { className: "pg-hidden" });
  live.setAttribute("role", "status");
  const table = element("table");
  const caption = element("p", { className: "pg-note" });
  const honest = element("p", { className: "pg-honest" });
  const errors = element("div", { className: "pg-error" });
  const strip = element("figure", { className: "pg-chart" });
  const sliceNote = element("p", { className: "pg-note" });
  const legend = element("ul", { className: "pg-legend" });
  const charts = element("div", { className: "pg-pair" });
  charts.setAttribute("role", "group");
  const chart = (title: string) => new Chart(charts, { title, x: texts.distanceAxis, y: "", table: texts.table, height: 260 });
  const [trainChart, testChart] = [chart(texts.train), chart(texts.test)];
  const settings = makeSettings(shell, texts);

  function begin(): void {
    clearTimeout(settling);
    plan = planOf(shell.state.settings);
    number += 1;
    finished = false;
    failed = 0;
    [outcomes, failures, slices] = [[], new Map(), new Map()];
    worker.postMessage({ number, plan } satisfies Order);
    show();
  }

  function showStrip(): void {
    const rows = methodNames.flatMap((method, racer) => {
      const own = ofMethod(outcomes, method);
      if (own.length === 0) return [];
      const { median, least, most } = spread(own, measures.worst);
      const label = texts.methods[method];
      const text = texts.stripRow(label, short(median), short(least), short(most));
      return [{ label, racer, values: own.map(measures.worst), median, text }];
    });
    const description = `${texts.strip}. ${rows.map(({ text }) => text).join("; ")}`;
    const width = Math.min(Math.max(strip.clientWidth, 280), 720);
    strip.replaceChildren(element("figcaption", {}, texts.strip), drawStrip(rows, width, description));
  }

  function showSlices(): void {
    const lines = (losses: (slice: Slice) => Float64Array) =>
      methodNames.flatMap((method, racer) => {
        const slice = slices.get(method);
        return slice ? [{ label: texts.methods[method], racer, values: losses(slice) }] : [];
      });
    const entry = (method: MethodName, racer: number) => element("li", {}, swatch(racer), texts.methods[method]);
    legend.replaceChildren(...methodNames.map(entry));
    if (slices.size === 0) return;
    const x = sliceDistances(plan);
    trainChart.set(
      x,
      lines(({ train }) => train),
    );
    testChart.set(
      x,
      lines(({ test }) => test),
    );
    sliceNote.textContent = texts.slicesNote(String(plan.seeds[0]));
    charts.setAttribute("aria-label", `${texts.slices}: ${texts.directions[plan.direction]}. ${sliceNote.textContent}`);
  }

  /** What the numbers say about test accuracy. */
  function conclusion(): string {
    const accuracy = medianRange(outcomes, measures.accuracy);
    const worst = medianRange(outcomes, measures.worst);
    const percent = (value: number) => value.toFixed(1);
    if (accuracy.least === accuracy.most) return texts.accuracySame(percent(accuracy.least));
    const flowers = short(((accuracy.most - accuracy.least) * tested) / 100);
    const factor = (worst.most / worst.least).toPrecision(2);
    return texts.accuracyDiffers(percent(accuracy.least), percent(accuracy.most), flowers, tested, factor);
  }

  function show(): void {
    const all = plan.seeds.length * methodNames.length;
    const done = outcomes.length + failed;
    status.textContent = finished ? texts.finished : texts.progress(String(done), String(all));
    progress.value = finished ? 1 : done / all;
    progress.setAttribute("aria-label", status.textContent);
    fillTable(table, outcomes, texts);
    caption.textContent = texts.caption(String(plan.distance), String(plan.seeds.length));
    errors.replaceChildren(
      ...[...failures].map(([method, message]) => element("p", {}, texts.failures(texts.methods[method], message))),
    );
    honest.textContent = finished && outcomes.length > 0 ? `${conclusion()} ${texts.few}` : "";
    if (finished) live.textContent = `${texts.finished}. ${honest.textContent}`;
    showStrip();
    showSlices();
  }

  worker.addEventListener("message", ({ data }: MessageEvent<News>) => {
    if (data.number !== number) return; // of earlier settings
    if (data.kind === "outcome") outcomes.push(data.outcome);
    else if (data.kind === "slice") slices.set(data.method, data.slice);
    else if (data.kind === "failure") {
      failed += 1;
      failures.set(data.method, data.message);
    } else finished = true;
    show();
  });

  function change(): void {
    settings.update();
    const next = planOf(shell.state.settings);
    direction.set(next.direction);
    if (JSON.stringify(next) === JSON.stringify(plan)) return;
    clearTimeout(settling);
    settling = window.setTimeout(begin, settle);
  }

  const direction = choiceControl({
    label: texts.direction,
    value: plan.direction,
    choices: directions.map((name) => [name, texts.directions[name]]),
    onInput(next) {
      shell.set("direction", (next as Direction) === directions[0] ? undefined : next);
      return undefined;
    },
  });
  const heading = (text: string) => element("h2", {}, text);
  const wide = element("div", { className: "pg-wide", tabIndex: 0 }, table);
  wide.setAttribute("role", "region");
  wide.setAttribute("aria-label", texts.title);
  const box = element(
    "div",
    { className: "pg-flat" },
    element("p", {}, texts.about(layers, trained, tested)),
    element("p", { className: "pg-note" }, texts.what),
    element("div", { className: "pg-player" }, button(texts.run, begin), progress, status),
    errors,
    heading(texts.title),
    caption,
    wide,
    honest,
    element("p", { className: "pg-note" }, texts.rises),
    strip,
    heading(texts.slices),
    direction.element,
    legend,
    charts,
    sliceNote,
    element("section", {}, heading(texts.settingsTitle), settings.element),
    element("p", { className: "pg-note" }, texts.source),
    live,
  );
  place.append(box);
  const resized = new ResizeObserver(showStrip);
  resized.observe(wide);
  const stop = [shell.onChange(change), onTheme(show)];
  settings.update();
  begin();

  return {
    destroy() {
      for (const end of stop) end();
      clearTimeout(settling);
      resized.disconnect();
      worker.terminate();
      trainChart.destroy();
      testChart.destroy();
      box.remove();
    },
  };
};
