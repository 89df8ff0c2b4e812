// The benchmark page: the visitor chooses, a worker measures, bars and a table show the times.
import type { Mount } from "../playground/view.js";
import { bars } from "./bars.js";
import { choice, make } from "./elements.js";
import type { Measurement, Offer } from "./measurement.js";
import { Meter, Stopped } from "./meter.js";
import { numbersIn } from "./numbers.js";
import { asJson } from "./report.js";
import { type Strings, strings } from "./strings.js";
import { table } from "./table.js";
import { threadsChoice } from "./threadsChoice.js";
import "./benchmark.css";

const every = "all";
/** Where the page starts: a size that fits in the processor's caches. */
const first = { rule: "adam", parameters: 16_384 };

export const mount: Mount = async (element, { locale }) => {
  const texts: Strings = strings[locale];
  const numbers = numbersIn(locale);
  const status = make("p", { role: "status", className: "state" }, texts.loading);
  element.append(status);

  let meter = new Meter();
  let offer: Offer;
  try {
    offer = await meter.offer;
  } catch (error) {
    status.textContent = texts.failed((error as Error).message);
    return { destroy: () => element.replaceChildren() };
  }
  const chosen = await threadsChoice(texts, import.meta.env.BASE_URL);
  const rule = choice(texts.rule, [[every, texts.all], ...offer.rules.map((name) => [name, name] as const)], first.rule);
  const sizes = offer.sizes.map((size) => [String(size), numbers.whole(size)] as const);
  const size = choice(texts.parameters, [[every, texts.all], ...sizes], String(first.parameters));
  const start = make("button", { type: "submit", className: "start" }, texts.measure);
  const stop = make("button", { type: "button", disabled: true }, texts.stop);
  const copy = make("button", { type: "button", disabled: true }, texts.copy);
  const form = make("form", {}, rule.field, size.field, ...(chosen.field ? [chosen.field] : []), start, stop, copy);
  const clock = `${numbers.short(offer.clockStep >= 1 ? offer.clockStep : offer.clockStep * 1000)} ${offer.clockStep >= 1 ? "ms" : "µs"}`;
  const machine = make("p", { className: "machine" }, `${texts.processors(navigator.hardwareConcurrency)} ${texts.clock(clock)}`);
  const results = make("div", {}, make("p", {}, texts.nothing));
  const text = make("textarea", { hidden: true, readOnly: true, ariaLabel: texts.copy, rows: 8 });
  element.replaceChildren(form, chosen.element, machine, status, text, results);

  const measured: Measurement[] = [];
  function show(measurement: Measurement): void {
    results.replaceChildren(bars(measurement, texts, numbers), table(measured, texts, numbers, show));
  }

  let stopped = false;
  let current = texts.ready;
  const say = (what: string) => {
    current = what;
    status.textContent = what;
  };
  const sayHidden = () => {
    status.textContent = document.hidden && start.disabled ? texts.hidden : current;
  };
  document.addEventListener("visibilitychange", sayHidden);
  say(texts.ready);

  async function measureAll(): Promise<void> {
    const wanted = <T>(value: string, all: readonly T[], one: T) => (value === every ? all : [one]);
    for (const name of wanted(rule.select.value, offer.rules, rule.select.value)) {
      for (const parameters of wanted(size.select.value, offer.sizes, Number(size.select.value))) {
        if (stopped) throw new Stopped();
        say(texts.measuring(texts.cell(name, numbers.whole(parameters))));
        try {
          measured.unshift(await meter.measure({ rule: name, parameters, threads: chosen.threads }));
        } finally {
          meter = new Meter();
        }
        show(measured[0]);
        copy.disabled = false;
      }
    }
  }

  async function run(): Promise<void> {
    stopped = false;
    [start.disabled, stop.disabled] = [true, false];
    try {
      await measureAll();
      say(texts.done);
    } catch (error) {
      say(error instanceof Stopped ? texts.stopped : texts.failed((error as Error).message));
    }
    [start.disabled, stop.disabled] = [false, true];
  }

  form.onsubmit = (event) => {
    event.preventDefault();
    run();
  };
  stop.onclick = () => {
    stopped = true;
    meter.close();
  };
  copy.onclick = async () => {
    const { userAgent, hardwareConcurrency } = navigator;
    const json = asJson(measured, { userAgent, hardwareConcurrency, crossOriginIsolated, clockStep: offer.clockStep });
    try {
      await navigator.clipboard.writeText(json);
      say(texts.copied);
    } catch {
      text.value = json;
      text.hidden = false;
      text.select();
      say(texts.notCopied);
    }
  };
  if (chosen.wanted) run();

  return {
    destroy() {
      document.removeEventListener("visibilitychange", sayHidden);
      stopped = true;
      meter.close();
      element.replaceChildren();
    },
  };
};
