// The first layer of one run as pictures.
import { boxControl, choiceControl, element } from "../controls/control.js";
import { short } from "../draw/numbers.js";
import { onTheme } from "../draw/palette.js";
import { initialWeights } from "./network.js";
import type { Strings } from "./strings.js";
import { canvasSize, drawWeights, largest } from "./weightImages.js";

interface Shown {
  readonly weights: Float32Array;
  readonly label: string;
  readonly update: string;
  readonly seed: number;
}

export class WeightsPanel {
  readonly element: HTMLElement;
  /** The run whose weights are shown. */
  run = 0;
  readonly #texts: Strings;
  readonly #onChoice: () => void;
  readonly #choice = element("div");
  readonly #canvas = element("canvas", { ...canvasSize, className: "pg-weights" });
  readonly #stop: () => void;
  #labels = "";
  #change = true;
  #shown: Shown | undefined;

  /** `onChoice` is called when another run is chosen. */
  constructor(texts: Strings, onChoice: () => void) {
    this.#texts = texts;
    this.#onChoice = onChoice;
    this.#canvas.setAttribute("role", "img");
    this.#canvas.setAttribute("aria-label", texts.weights);
    const change = boxControl({
      label: texts.change,
      value: true,
      onInput: (value) => {
        this.#change = value;
        this.#draw();
        return undefined;
      },
    });
    const controls = element("div", { className: "pg-controls" }, this.#choice, change.element);
    const note = element("p", { className: "pg-note" }, texts.weightsNote);
    this.element = element("section", {}, element("h2", {}, texts.weights), controls, this.#canvas, note);
    this.#stop = onTheme(() => this.#draw());
  }

  /** The runs to choose from. */
  offer(labels: readonly string[]): void {
    if (labels.join("\n") === this.#labels) return;
    this.#labels = labels.join("\n");
    if (this.run >= labels.length) this.run = 0;
    const choice = choiceControl({
      label: this.#texts.weightsOf,
      value: String(this.run),
      choices: labels.map((label, i) => [String(i), label]),
      onInput: (value) => {
        this.run = Number(value);
        this.#onChoice();
        return undefined;
      },
    });
    this.#choice.replaceChildren(choice.element);
  }

  show(shown: Shown): void {
    this.#shown = shown;
    this.#draw();
  }

  destroy(): void {
    this.#stop();
  }

  #draw(): void {
    const context = this.#canvas.getContext("2d");
    if (!context || !this.#shown) return;
    const { weights, label, update, seed } = this.#shown;
    const first = this.#change ? initialWeights(seed).pixelToHidden.values : undefined;
    const values = first ? weights.map((weight, i) => weight - first[i]) : weights;
    const most = largest(values);
    drawWeights(context, values, most);
    this.#canvas.setAttribute("aria-label", this.#texts.weightsSummary(label, update, short(most)));
  }
}
