// A few numbers along the left and the lower edge of a map. They lie on the picture, so that it keeps its place.
import type { Surface } from "../surfaces.js";

const most = { across: 6, up: 5 } as const;

/** Parts of the picture near its edges that have no ticks: labels would leave the picture, or meet in the corner. */
const margin = { first: 0.08, last: 0.03 } as const;

/** Round numbers in an interval: multiples of 1, 2 or 5 times a power of ten, as many as possible but not more than `most`. */
export function roundNumbers(from: number, to: number, most: number): number[] {
  let power = 10 ** Math.floor(Math.log10((to - from) / most));
  for (;;) {
    for (const digit of [1, 2, 5]) {
      const step = digit * power;
      const [first, last] = [Math.ceil(from / step), Math.floor(to / step)];
      if (last - first < most)
        return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
    }
    power *= 10;
  }
}

/** The elements of the ticks, above a picture of these bounds. Those who do not see the picture have its summary. */
export class Ticks {
  readonly element = document.createElement("div");
  #bounds = "";

  constructor() {
    this.element.className = "pg-ticks";
    this.element.setAttribute("aria-hidden", "true");
  }

  show(bounds: Surface["bounds"]): void {
    if (bounds.join() === this.#bounds) return;
    this.#bounds = bounds.join();
    const [x0, x1, y0, y1] = bounds;
    const along = (from: number, to: number, count: number, side: "left" | "bottom") =>
      roundNumbers(from, to, count).flatMap((value) => {
        const share = (value - from) / (to - from);
        if (share < margin.first || share > 1 - margin.last) return [];
        const tick = document.createElement("span");
        tick.className = side === "left" ? "pg-tick-x" : "pg-tick-y";
        tick.textContent = String(value).replace("-", "−");
        tick.style[side] = `${100 * share}%`;
        return [tick];
      });
    this.element.replaceChildren(...along(x0, x1, most.across, "left"), ...along(y0, y1, most.up, "bottom"));
  }
}
