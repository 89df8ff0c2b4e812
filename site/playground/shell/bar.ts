// What all views of surfaces share: the surface, its settings, and the start values.
import { button, choiceControl, element } from "../controls/control.js";
import type { Part } from "../controls/features.js";
import { controlOf, settingNames } from "../controls/settings.js";
import { type SurfaceName, surfaceNames, surfaceOf, surfaces } from "../surfaces.js";
import type { Mounted, Shell } from "../view.js";
import { strings } from "./strings.js";

export function mountBar(place: HTMLElement, shell: Shell): Mounted {
  const { locale } = shell;
  const texts = strings[locale];
  const surface = choiceControl({
    label: texts.surface,
    value: shell.state.surface,
    choices: surfaceNames.map((name) => [name, surfaces[name].title[locale]] as const),
    onInput(name) {
      shell.change({ surface: name as SurfaceName, start: surfaces[name as SurfaceName].start });
      return undefined;
    },
  });
  const tuned = choiceControl({
    label: texts.startValues,
    value: shell.state.tuned ? "1" : "0",
    choices: [
      ["0", texts.defaults],
      ["1", texts.tuned],
    ],
    onInput(value) {
      shell.change({ tuned: value === "1" });
      return undefined;
    },
  });
  const formula = element("p", { className: "pg-formula" });
  const settings = element("div", { className: "pg-controls" });
  const reset = button(texts.reset, () => shell.change({ start: surfaces[shell.state.surface].start }));

  let shown = "";
  let parts: readonly Part[] = [];
  function refresh(): void {
    const { state } = shell;
    surface.set(state.surface);
    tuned.set(state.tuned ? "1" : "0");
    formula.textContent = surfaceOf(state.surface, state.settings).formula;
    formula.hidden = formula.textContent === "";
    const names = settingNames(shell);
    if (names.join() === shown) {
      for (const part of parts) part.refresh();
      return;
    }
    shown = names.join();
    parts = names.flatMap((name) => controlOf(shell, name) ?? []);
    settings.replaceChildren(...parts.map((part) => part.element));
  }
  const stop = shell.onChange(refresh);
  const box = element(
    "section",
    { className: "pg-common" },
    element("div", { className: "pg-controls" }, surface.element, tuned.element),
    formula,
    settings,
    element("div", { className: "pg-player" }, reset),
  );
  place.append(box);
  refresh();
  return {
    destroy() {
      stop();
      box.remove();
    },
  };
}
