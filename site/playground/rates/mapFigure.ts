// The canvas of a rate map between its axes, computed in a worker.
import type { CellCanvas } from "../cells/cellCanvas.js";
import { CellFigure, type FigureEvents } from "../cells/cellFigure.js";
import type { Fill } from "../cells/grid.js";
import { element } from "../controls/control.js";
import { type Axis, rateAxis } from "./axes.js";
import { cellCount, type MapPart } from "./map.js";
import type { MapJob } from "./worker.js";

/** Pixels along a side of a cell, for fine stripes. */
const scale = 8;

type ToFill = (loss: number) => Fill | undefined;

export class MapFigure {
  readonly element: HTMLElement;
  readonly canvas: CellCanvas;
  readonly #across = element("div", { className: "pg-across" });
  readonly #up = element("div", { className: "pg-up" });
  readonly #figure: CellFigure<MapJob, MapPart>;
  #losses = new Float64Array(1);
  #known = new Uint8Array(1);

  constructor(events: FigureEvents, progress: string) {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    this.#figure = new CellFigure(worker, events, progress);
    const { element: place, canvas, progress: bar, error } = this.#figure;
    [this.element, this.canvas] = [place, canvas];
    place.className = "pg-map";
    place.append(this.#up, canvas.element, this.#across, element("div", { className: "pg-below" }, bar, error));
  }

  /** The loss of each cell; 0 where it is not known yet. */
  get losses(): Float64Array {
    return this.#losses;
  }

  /** 1 for each cell that has been computed. */
  get known(): Uint8Array {
    return this.#known;
  }

  /** Begins another map. */
  start(other: Axis, job: MapJob, fill: ToFill): void {
    const count = cellCount(other);
    this.#losses = new Float64Array(count);
    this.#known = new Uint8Array(count);
    this.canvas.reset({ columns: rateAxis.values.length, rows: other.values.length }, scale, 4 / 3);
    label(this.#across, rateAxis, "left");
    label(this.#up, other, "bottom");
    this.#figure.start(job, ({ cells, losses }) => {
      for (const [i, cell] of cells.entries()) {
        this.#losses[cell] = losses[i];
        this.#known[cell] = 1;
        this.#paint(cell, fill);
      }
    });
  }

  /** Paints all known cells again. */
  repaint(fill: ToFill): void {
    for (const [cell, known] of this.#known.entries()) if (known) this.#paint(cell, fill);
  }

  destroy(): void {
    this.#figure.destroy();
  }

  #paint(cell: number, toFill: ToFill): void {
    const fill = toFill(this.#losses[cell]);
    if (fill) this.canvas.paint(cell, fill);
  }
}

/** Short, so that ticks do not meet on a phone: 1e-5, 0.01. */
const tickText = (tick: number | boolean) =>
  typeof tick === "number" && tick !== 0 && (tick < 0.01 || tick > 1000) ? tick.toExponential() : String(tick);

/** Writes the name and the ticks of an axis. */
function label(place: HTMLElement, { name, values, ticks }: Axis, side: "left" | "bottom"): void {
  const title = element("span", { className: "pg-axis" }, name);
  const spans = ticks
    .filter((tick) => values.includes(tick))
    .map((tick) => {
      const span = element("span", { className: "pg-tick" }, tickText(tick));
      span.style[side] = `${(100 * (values.indexOf(tick) + 0.5)) / values.length}%`;
      return span;
    });
  place.replaceChildren(title, ...spans);
}
