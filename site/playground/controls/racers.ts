// The list of racers: up to eight, each with its panel.

import type { Docs } from "../docs/docs.js";
import { onTheme } from "../draw/palette.js";
import { ruleNames } from "../options.js";
import { mostRacers } from "../state.js";
import type { Mounted, Shell } from "../view.js";
import { button, element } from "./control.js";
import { RacerPanel } from "./racer.js";
import { strings } from "./strings.js";

export function mountRacers(place: HTMLElement, shell: Shell, docs: Docs): Mounted {
  const texts = strings[shell.locale];
  const list = element("ul", { className: "pg-racers" });
  const unused = () => ruleNames.find((name) => !shell.state.racers.some(({ rule }) => rule === name)) ?? ruleNames[0];
  const add = button(texts.add, () => shell.change({ racers: [...shell.state.racers, { rule: unused(), options: {} }] }));
  const count = element("span", { className: "pg-count" });
  let panels: RacerPanel[] = [];
  let shown = "";

  function build(): void {
    const open = panels.map((panel) => panel.element.querySelector("details")?.open ?? false);
    panels = shell.state.racers.map((_, i) => new RacerPanel(shell, i, docs));
    for (const [i, panel] of panels.entries()) {
      const details = panel.element.querySelector("details");
      if (details) details.open = open[i] ?? false;
    }
    list.replaceChildren(...panels.map((panel) => panel.element));
  }

  function refresh(): void {
    const { racers } = shell.state;
    const rules = racers.map(({ rule }) => rule).join();
    if (rules !== shown) {
      const focused = document.activeElement?.getAttribute("aria-label");
      shown = rules;
      build();
      // The panel with the focus is new: its counterpart takes the focus.
      if (focused) list.querySelector<HTMLElement>(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
    } else for (const panel of panels) panel.refresh();
    add.disabled = racers.length >= mostRacers;
    count.textContent = `${racers.length} / ${mostRacers}`;
  }

  const rebuild = () => {
    shown = "";
    refresh();
  };
  const stop = [
    shell.onChange((patch) => {
      if (patch.racers || patch.tuned !== undefined || patch.surface || patch.start || patch.settings) refresh();
    }),
    onTheme(rebuild),
  ];
  const box = element(
    "section",
    {},
    element("h2", {}, texts.racers),
    list,
    element("div", { className: "pg-player" }, add, count),
  );
  place.append(box);
  refresh();
  return {
    destroy() {
      for (const end of stop) end();
      box.remove();
    },
  };
}
