// What all views share: the surface and its settings, the start values, links and code.
import { button, choiceControl, element } from "../controls/control.js";
import { controlOf, settingNames } from "../controls/settings.js";
import { format } from "../state.js";
import { type SurfaceName, surfaceNames, surfaceOf, surfaces } from "../surfaces.js";
import type { Mounted, Shell } from "../view.js";
import { programOf } from "./code.js";
import { strings } from "./strings.js";
import { whyOf } from "./why.js";

/** Copies a text; where the browser forbids it, shows it to copy by hand. */
async function copy(text: string, place: HTMLElement, done: string, byHand: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    place.replaceChildren(done);
  } catch {
    const area = element("textarea", { value: text, rows: 8, readOnly: true });
    area.setAttribute("aria-label", byHand);
    place.replaceChildren(byHand, area);
    area.select();
  }
}

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
  const message = element("div", { className: "pg-message" });
  message.setAttribute("role", "status");
  const reason = element("div", { className: "pg-why", hidden: true });
  const why = button(texts.why, () => {
    reason.hidden = !reason.hidden;
    why.setAttribute("aria-expanded", String(!reason.hidden));
  });
  why.setAttribute("aria-expanded", "false");

  const address = () => `${location.href.split("#")[0]}#${format(shell.state)}`;
  const reset = button(texts.reset, () => shell.change({ start: surfaces[shell.state.surface].start }));
  const buttons = element(
    "div",
    { className: "pg-player" },
    reset,
    button(texts.copyLink, () => copy(address(), message, texts.linkCopied, texts.byHand)),
    button(texts.copyCode, () => copy(programOf(shell.state), message, texts.codeCopied, texts.byHand)),
    why,
  );

  let shown = "";
  function refresh(): void {
    const { state } = shell;
    surface.set(state.surface);
    tuned.set(state.tuned ? "1" : "0");
    formula.textContent = surfaceOf(state.surface, state.settings).formula;
    formula.hidden = formula.textContent === "";
    reason.replaceChildren(whyOf(state.view, state.surface, locale));
    const names = settingNames(shell);
    if (names.join() === shown) return; // their own inputs show them
    shown = names.join();
    settings.replaceChildren(...names.flatMap((name) => controlOf(shell, name)?.element ?? []));
  }
  const stop = shell.onChange(refresh);
  const box = element(
    "section",
    { className: "pg-common" },
    element("div", { className: "pg-controls" }, surface.element, tuned.element),
    formula,
    settings,
    buttons,
    reason,
    message,
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
