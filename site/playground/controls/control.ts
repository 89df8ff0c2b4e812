// Controls made of native inputs: a number with slider and field, a box, a choice.
import type { Scale } from "./scale.js";

/** What a control sets, and what shows it. */
export interface Control<T> {
  readonly element: HTMLElement;
  /** Shows a value without calling `onInput`. */
  set(value: T): void;
}

interface Common<T> {
  readonly label: string;
  readonly value: T;
  /** Default and range, in a line below. */
  readonly note?: string;
  /** What the option means: a line below the label. */
  readonly meaning?: string;
  /** Takes a new value. Returns why it is wrong, or nothing. */
  readonly onInput: (value: T) => string | undefined;
}

let count = 0;
const newId = () => `pg-control-${++count}`;

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function frame(label: HTMLElement, inputs: HTMLElement[], { note, meaning }: { note?: string; meaning?: string }) {
  const error = element("p", { className: "pg-error", hidden: true });
  error.setAttribute("role", "alert");
  const texts = [meaning, note].filter((text) => text !== undefined).map((text) => element("small", {}, text));
  const whole = element("div", { className: "pg-control" }, label, ...inputs, ...texts, error);
  const showError = (message: string | undefined) => {
    error.hidden = message === undefined;
    error.textContent = message ?? "";
    for (const input of inputs) input.setAttribute("aria-invalid", String(message !== undefined));
  };
  return { whole, showError };
}

/** A slider, and a field for any number. */
export function numberControl(options: Common<number> & { readonly scale: Scale }): Control<number> {
  const { label, scale, onInput } = options;
  const id = newId();
  const field = element("input", { type: "number", step: "any", id, className: "pg-number" });
  const slider = element("input", { type: "range", min: "0", max: String(scale.positions), step: "1" });
  slider.setAttribute("aria-label", label);
  const { whole, showError } = frame(element("label", { htmlFor: id }, label), [slider, field], options);
  const show = (value: number) => {
    slider.value = String(scale.toPosition(value));
    slider.setAttribute("aria-valuetext", String(value));
  };
  slider.addEventListener("input", () => {
    const value = scale.toValue(Number(slider.value));
    field.value = String(value);
    slider.setAttribute("aria-valuetext", String(value));
    showError(onInput(value));
  });
  field.addEventListener("input", () => {
    if (field.value === "") return;
    const value = Number(field.value);
    show(value);
    showError(onInput(value));
  });
  const set = (value: number) => {
    if (Number(field.value) !== value || field.value === "") field.value = String(value);
    show(value);
    showError(undefined);
  };
  set(options.value);
  return { element: whole, set };
}

/** A box for true and false. */
export function boxControl(options: Common<boolean>): Control<boolean> {
  const id = newId();
  const box = element("input", { type: "checkbox", id });
  const label = element("label", { htmlFor: id }, options.label);
  const { whole, showError } = frame(label, [box], options);
  whole.classList.add("pg-box");
  box.addEventListener("change", () => showError(options.onInput(box.checked)));
  const set = (value: boolean) => {
    box.checked = value;
    showError(undefined);
  };
  set(options.value);
  return { element: whole, set };
}

/** One of several texts. */
export function choiceControl(
  options: Common<string> & { readonly choices: readonly (readonly [value: string, label: string])[] },
): Control<string> {
  const id = newId();
  const list = element("select", { id }, ...options.choices.map(([value, label]) => element("option", { value }, label)));
  const { whole, showError } = frame(element("label", { htmlFor: id }, options.label), [list], options);
  list.addEventListener("change", () => showError(options.onInput(list.value)));
  const set = (value: string) => {
    list.value = value;
    showError(undefined);
  };
  set(options.value);
  return { element: whole, set };
}

export function button(label: string | Node, onClick: () => void, title?: string): HTMLButtonElement {
  const made = element("button", { type: "button", className: "pg-button" }, label);
  if (title) {
    made.title = title;
    made.setAttribute("aria-label", title);
  }
  made.addEventListener("click", onClick);
  return made;
}
