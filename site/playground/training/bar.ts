// The buttons of a training: train, restart, one update, one epoch; and what is going on.

import { button, element } from "../controls/control.js";
import { icon } from "../controls/icons.js";
import type { Strings } from "./strings.js";

export interface BarActions {
  readonly toggle: () => void;
  readonly restart: () => void;
  readonly round: () => void;
  readonly epoch: () => void;
}

export class Bar {
  readonly element: HTMLElement;
  readonly #texts: Strings;
  readonly #toggle: HTMLButtonElement;
  readonly #actions: BarActions;
  readonly #progress = element("progress", { max: 1, value: 0, className: "pg-progress" });
  readonly #status = element("output", { className: "pg-status" });

  constructor(texts: Strings, actions: BarActions) {
    this.#texts = texts;
    this.#actions = actions;
    this.#toggle = button("", actions.toggle);
    this.#progress.setAttribute("aria-label", texts.settings);
    this.#status.setAttribute("aria-live", "off");
    this.element = element(
      "div",
      { className: "pg-player" },
      this.#toggle,
      button(icon("restart"), actions.restart, texts.restart),
      Object.assign(button(texts.round, actions.round), { title: texts.roundTitle }),
      button(texts.epoch, actions.epoch),
      this.#progress,
      this.#status,
    );
    this.show(false, "", 0);
  }

  /** `share` of the training is done. */
  show(running: boolean, status: string, share: number): void {
    const { play, pause } = this.#texts;
    this.#toggle.textContent = running ? `⏸ ${pause}` : `▶ ${play}`;
    this.#status.textContent = status;
    this.#progress.value = share;
    this.#progress.setAttribute("aria-label", status);
  }

  /** Space trains and pauses, R restarts, the full stop makes an update, where no input uses these keys. */
  readonly press = (event: KeyboardEvent): void => {
    const target = event.target as HTMLElement;
    if (event.altKey || event.ctrlKey || event.metaKey || target.closest("input, select, textarea, [contenteditable]")) return;
    const { toggle, restart, round } = this.#actions;
    const onButton = target.closest("button, summary, a") !== null;
    const keys: { readonly [key: string]: () => void } = { ...(onButton ? {} : { " ": toggle }), r: restart, ".": round };
    const action = keys[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  };
}
