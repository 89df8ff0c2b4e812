// A dot for each training, on a logarithmic axis: one row for each method.

import { short } from "../draw/numbers.js";
import { colourOf } from "../draw/palette.js";

export interface StripRow {
  readonly label: string;
  /** The number of the colour. */
  readonly racer: number;
  readonly values: readonly number[];
  readonly median: number;
}

const namespace = "http://www.w3.org/2000/svg";
const rowHeight = 26;
const axisHeight = 24;
const labelWidth = 108;
const margin = 14;

function svg(name: string, attributes: { readonly [name: string]: string | number }, text?: string): SVGElement {
  const made = document.createElementNS(namespace, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

/** 1, 2 and 5 times the powers of ten within a range; powers alone if these would be many. */
function ticks(least: number, most: number): number[] {
  const digits = most / least > 100 ? [1] : [1, 2, 5];
  const [first, last] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  const all = Array.from({ length: last - first + 1 }, (_, i) => digits.map((digit) => Number(`${digit}e${first + i}`))).flat();
  return all.filter((tick) => tick >= least && tick <= most);
}

/** Draws the rows as wide as `width`. Values that are not positive are left out. */
export function drawStrip(rows: readonly StripRow[], width: number, description: string): SVGElement {
  const height = rows.length * rowHeight + axisHeight;
  const picture = svg("svg", { class: "pg-strip", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": description });
  const values = rows.flatMap((row) => row.values).filter((value) => value > 0 && value < Infinity);
  if (values.length === 0) return picture;
  const [least, most] = [Math.min(...values) / 1.2, Math.max(...values) * 1.2];
  const x = (value: number) => labelWidth + ((width - labelWidth - margin) * Math.log(value / least)) / Math.log(most / least);
  const bottom = rows.length * rowHeight;
  for (const tick of ticks(least, most)) {
    picture.append(svg("line", { x1: x(tick), x2: x(tick), y1: 0, y2: bottom, class: "pg-strip-grid" }));
    picture.append(svg("text", { x: x(tick), y: bottom + 16, "text-anchor": "middle" }, short(tick)));
  }
  for (const [i, { label, racer, values, median }] of rows.entries()) {
    const y = (i + 0.5) * rowHeight;
    const colour = colourOf(racer);
    picture.append(svg("text", { x: 0, y: y + 4 }, label));
    for (const value of values) {
      if (!(value > 0 && value < Infinity)) continue;
      picture.append(svg("circle", { cx: x(value), cy: y, r: 4.5, fill: colour, "fill-opacity": 0.45, stroke: colour }));
    }
    if (median > 0 && median < Infinity) {
      picture.append(svg("line", { x1: x(median), x2: x(median), y1: y - 9, y2: y + 9, class: "pg-strip-median" }));
    }
  }
  return picture;
}
