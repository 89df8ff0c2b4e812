// Play, step and scrub through time.

import type { Locale } from "../view.js";
import { button, element } from "./control.js";
import { icon } from "./icons.js";
import { strings } from "./strings.js";

export interface PlayerOptions {
  readonly locale: Locale;
  /** Steps of the scrubber and of play. */
  readonly steps: () => number;
  readonly shown: () => number;
  readonly perFrame: () => number;
  /** Whether to go on after this step. */
  readonly goesOn: () => boolean;
  /** Shows a step. */
  readonly go: (t: number) => void;
  /** After play has stopped, or a step was chosen by hand. */
  readonly onPause: () => void;
  /** Whether to offer ±100, too. */
  readonly far?: boolean;
}

export class Player {
  readonly element: HTMLElement;
  readonly #options: PlayerOptions;
  readonly #play: HTMLButtonElement;
  readonly #scrubber = element("input", { type: "range", min: "0", step: "1", className: "pg-scrubber" });
  readonly #count = element("output", { className: "pg-count" });
  #frame = 0;

  constructor(options: PlayerOptions) {
    this.#options = options;
    const texts = strings[options.locale].player;
    this.#play = button("", () => this.toggle());
    this.#scrubber.setAttribute("aria-label", texts.scrubber);
    this.#scrubber.addEventListener("input", () => this.#choose(Number(this.#scrubber.value)));
    const by = (steps: number) => () => this.#choose(options.shown() + steps);
    const far = (label: string, steps: number, title: string) => (options.far ? [button(label, by(steps), title)] : []);
    this.element = element(
      "div",
      { className: "pg-player" },
      this.#play,
      button(icon("restart"), () => this.restart(), texts.restart),
      ...far("−100", -100, texts.back100),
      button("−1", by(-1), texts.back),
      button("+1", by(1), texts.step),
      ...far("+100", 100, texts.step100),
      this.#scrubber,
      this.#count,
    );
    this.show();
  }

  get playing(): boolean {
    return this.#frame !== 0;
  }

  /** Shows the current step in the scrubber. */
  show(): void {
    const { locale, shown, steps } = this.#options;
    const texts = strings[locale].player;
    this.#scrubber.max = String(steps());
    this.#scrubber.value = String(shown());
    const text = texts.stepCount(shown());
    this.#scrubber.setAttribute("aria-valuetext", text);
    this.#count.textContent = text;
    const [sign, word] = this.playing ? [icon("pause"), texts.pause] : [icon("play"), texts.play];
    if (this.#play.textContent !== word) this.#play.replaceChildren(sign, element("span", {}, word));
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  /** Plays from the shown step; from the start if it is the last. */
  play(): void {
    if (this.playing) return;
    const { shown, steps, go, goesOn } = this.#options;
    if (shown() >= steps() || !goesOn()) go(0);
    const next = () => {
      const { perFrame } = this.#options;
      go(Math.min(shown() + perFrame(), steps()));
      this.#frame = shown() < steps() && goesOn() ? requestAnimationFrame(next) : 0;
      this.show();
      if (!this.playing) this.#options.onPause();
    };
    this.#frame = requestAnimationFrame(next);
    this.show();
  }

  pause(): void {
    if (!this.playing) return;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.show();
    this.#options.onPause();
  }

  restart(): void {
    this.#choose(0);
  }

  /** Moves by hand: −1, +1, ±100. */
  move(steps: number): void {
    this.#choose(this.#options.shown() + steps);
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #choose(t: number): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#options.go(Math.max(t, 0));
    this.show();
    this.#options.onPause();
  }
}
