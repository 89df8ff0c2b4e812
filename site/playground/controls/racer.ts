// The panel of one racer: rule, learning rate, and all other options folded.
import type { Docs } from "../docs/docs.js";
import { ruleNames, ruleOf } from "../options.js";
import { startValues } from "../racers.js";
import { surfaceOf } from "../surfaces.js";
import type { Shell } from "../view.js";
import { button, type Control, element } from "./control.js";
import { featureParts, type Part } from "./features.js";
import { withNumbers } from "./formula.js";
import { changeRacer, hyperControl, hyperValue } from "./hyper.js";
import { schedulePart } from "./schedule.js";
import { strings } from "./strings.js";
import { swatch } from "./swatch.js";

/** What a racer starts with here, if that is not the library's default, and why. */
function startNote({ state, locale }: Shell, rule: string, name: string): string {
  const start = (startValues(rule, surfaceOf(state.surface, state.settings), state) as { [name: string]: number | boolean })[
    name
  ];
  if (start === ruleOf(rule).spec.hyper[name][0]) return "";
  const { startsAt, startReasons } = strings[locale];
  return startsAt(String(start), startReasons[name as keyof typeof startReasons]);
}

/** A formula with a line for each statement. */
const formulaCode = (formula: string) =>
  element("code", {}, ...formula.split("; ").map((statement) => element("span", {}, statement)));

export class RacerPanel implements Part {
  readonly element: HTMLElement;
  readonly #shell: Shell;
  readonly #racer: number;
  readonly #docs: Docs;
  readonly #parts: Part[];
  readonly #formula = element("p", { className: "pg-formula" });
  readonly #reset: HTMLButtonElement;

  constructor(shell: Shell, racer: number, docs: Docs) {
    [this.#shell, this.#racer, this.#docs] = [shell, racer, docs];
    const texts = strings[shell.locale];
    const { rule } = shell.state.racers[racer];
    const reset = () => changeRacer(shell, racer, { ...shell.state.racers[racer], options: {} });
    this.#reset = button(texts.reset, reset, texts.resetOf(rule));
    const hypers = Object.keys(ruleOf(rule).spec.hyper).map((name) => [name, this.#hyper(name)] as const);
    const [lr, others] = [hypers.filter(([name]) => name === "lr"), hypers.filter(([name]) => name !== "lr")];
    const rest = [...others.map(([, part]) => part), schedulePart(shell, racer), ...featureParts(shell, racer)];
    this.#parts = [...lr.map(([, part]) => part), ...rest];
    const more = element(
      "details",
      { className: "pg-more" },
      element("summary", {}, texts.more),
      this.#formula,
      element("div", { className: "pg-controls" }, ...rest.map((part) => part.element)),
    );
    this.element = element("li", { className: "pg-racer" }, this.#head(), ...lr.map(([, part]) => part.element), more);
    this.refresh();
  }

  refresh(): void {
    for (const part of this.#parts) part.refresh();
    const { rule, options } = this.#shell.state.racers[this.#racer];
    this.#reset.disabled = Object.keys(options).length === 0;
    const formula = this.#docs[rule]?.formula ?? "";
    const names = Object.keys(ruleOf(rule).spec.hyper);
    const values = Object.fromEntries(names.map((name) => [name, hyperValue(this.#shell, this.#racer, name)]));
    const lines = formula === "" ? [] : [formulaCode(formula), formulaCode(withNumbers(formula, values))];
    this.#formula.replaceChildren(...lines);
  }

  #head(): HTMLElement {
    const [shell, racer] = [this.#shell, this.#racer];
    const texts = strings[shell.locale];
    const { racers } = shell.state;
    const list = element("select", {}, ...ruleNames.map((name) => element("option", { value: name }, name)));
    list.setAttribute("aria-label", texts.rule(racer + 1));
    list.value = racers[racer].rule;
    list.addEventListener("change", () => changeRacer(shell, racer, { rule: list.value, options: {} }));
    const remove = button(
      "✕",
      () => shell.change({ racers: shell.state.racers.filter((_, i) => i !== racer) }),
      texts.remove(racers[racer].rule),
    );
    remove.disabled = racers.length === 1;
    return element("div", { className: "pg-racer-head" }, swatch(racer), list, this.#reset, remove);
  }

  #hyper(name: string): Part {
    const [shell, racer] = [this.#shell, this.#racer];
    const { rule } = shell.state.racers[racer];
    const control = hyperControl(shell, racer, name, {
      label: name,
      meaning: this.#docs[rule]?.meanings[shell.locale][name],
      note: true,
    }) as Control<number | boolean>;
    const start = element("small");
    control.element.append(start);
    const refresh = () => {
      control.set(hyperValue(shell, racer, name));
      start.textContent = startNote(shell, rule, name);
      start.hidden = start.textContent === "";
    };
    return { element: control.element, refresh };
  }
}
