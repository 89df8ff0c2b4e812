// What a visitor takes along from any view: a link, a program, an explanation.
import { button, element } from "../controls/control.js";
import { format, type State, type View } from "../state.js";
import type { Mounted, Shell } from "../view.js";
import { strings } from "./strings.js";
import { whyOf } from "./why.js";

/** The programs of the views. */
const programs: { readonly [view in View]: () => Promise<{ readonly programOf: (state: Readonly<State>) => string }> } = {
  race: () => import("../race/program.js"),
  swarm: () => import("../swarm/program.js"),
  basins: () => import("../basins/program.js"),
  rates: () => import("../rates/program.js"),
  training: () => import("../training/program.js"),
  flat: () => import("../flat/program.js"),
};

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

export function mountActions(place: HTMLElement, shell: Shell): Mounted {
  const { locale } = shell;
  const texts = strings[locale];
  const message = element("div", { className: "pg-message" });
  message.setAttribute("role", "status");
  const reason = element("div", { className: "pg-why", hidden: true, id: "pg-why" });
  const why = button(texts.why, () => {
    reason.hidden = !reason.hidden;
    why.setAttribute("aria-expanded", String(!reason.hidden));
  });
  why.setAttribute("aria-expanded", "false");
  why.setAttribute("aria-controls", reason.id);
  const address = () => `${location.href.split("#")[0]}#${format(shell.state)}`;
  const link = button(texts.copyLink, () => copy(address(), message, texts.linkCopied, texts.byHand));
  const code = button(texts.copyCode, async () => {
    const { state } = shell;
    const { programOf } = await programs[state.view]();
    await copy(programOf(state), message, texts.codeCopied, texts.byHand);
  });

  function refresh(): void {
    const { view, surface } = shell.state;
    reason.replaceChildren(whyOf(view, surface, locale));
    message.replaceChildren();
  }
  const stop = shell.onChange(refresh);
  const box = element(
    "div",
    { className: "pg-actions" },
    element("div", { className: "pg-player" }, link, code, why),
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
