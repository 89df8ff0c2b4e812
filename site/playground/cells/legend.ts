// Entries of a legend, and a row of controls.
import { type Control, element } from "../controls/control.js";
import type { Colour } from "./colour.js";

export const css = (colour: Colour) => `rgb(${colour.join(" ")})`;

/** The background of striped cells. */
export const stripes = (colour: Colour) => `repeating-linear-gradient(45deg, #0006 0 2px, #0000 2px 6px), ${css(colour)}`;

/** A sample of a background, and what it means. */
export function entry(background: string, text: string): HTMLLIElement {
  const sample = element("span", { className: "pg-sample" });
  sample.style.background = background;
  return element("li", {}, sample, text);
}

/** Replaces the controls of a row. The one that had the focus keeps it. */
export function showControls(row: HTMLElement, controls: readonly Pick<Control<never>, "element">[]): void {
  const focused = [...row.children].findIndex((child) => child.contains(document.activeElement));
  row.replaceChildren(...controls.map((control) => control.element));
  row.children[focused]?.querySelector<HTMLElement>("input, select")?.focus();
}
