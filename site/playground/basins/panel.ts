// One picture of basins, computed in a worker of its own.
import type { CellCanvas } from "../cells/cellCanvas.js";
import { CellFigure, type FigureEvents } from "../cells/cellFigure.js";
import type { Fill, Grid } from "../cells/grid.js";
import { element } from "../controls/control.js";
import { Ticks } from "../draw/ticks.js";
import type { Surface } from "../surfaces.js";
import type { Part } from "./field.js";
import type { Outcomes } from "./outcomes.js";
import { cellsOf, gridOf, strides } from "./passes.js";
import type { FieldJob } from "./worker.js";

export class Panel {
  readonly element: HTMLElement;
  readonly canvas: CellCanvas;
  readonly #ticks = new Ticks();
  readonly #title = element("figcaption");
  readonly #figure: CellFigure<FieldJob, Part>;
  #grid: Grid = { columns: 1, rows: 1 };
  #fill: (where: number, steps: number) => Fill = () => ({ colour: [0, 0, 0] });
  #outcomes: Outcomes = { where: new Uint8Array(1), steps: new Uint16Array(1) };
  #known = new Uint8Array(1);

  constructor(events: FigureEvents, progress: string) {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    this.#figure = new CellFigure(worker, events, progress);
    const { element: place, canvas, progress: bar, error } = this.#figure;
    [this.element, this.canvas] = [place, canvas];
    place.className = "pg-panel";
    canvas.under(this.#ticks.element);
    place.append(this.#title, canvas.element, bar, error);
  }

  get grid(): Grid {
    return this.#grid;
  }

  get outcomes(): Outcomes {
    return this.#outcomes;
  }

  /** 1 for each cell that has been computed. */
  get known(): Uint8Array {
    return this.#known;
  }

  /** Begins another picture. */
  start(title: string, surface: Surface, job: FieldJob, fill: (where: number, steps: number) => Fill): void {
    const grid = gridOf(surface, job.size);
    const size = grid.columns * grid.rows;
    this.#grid = grid;
    this.#fill = fill;
    this.#outcomes = { where: new Uint8Array(size), steps: new Uint16Array(size) };
    this.#known = new Uint8Array(size);
    this.#title.textContent = title;
    this.canvas.reset(grid);
    this.#ticks.show(surface.bounds);
    this.#figure.start(job, (part) => this.#take(part));
  }

  /** Paints all known cells again, in other colours. */
  repaint(fill: (where: number, steps: number) => Fill): void {
    this.#fill = fill;
    const { where, steps } = this.#outcomes;
    for (const stride of strides) {
      for (const cell of cellsOf(this.#grid, stride)) {
        if (this.#known[cell]) this.canvas.paint(cell, fill(where[cell], steps[cell]), stride);
      }
    }
  }

  destroy(): void {
    this.#figure.destroy();
  }

  #take({ cells, stride, where, steps }: Part): void {
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i];
      this.#outcomes.where[cell] = where[i];
      this.#outcomes.steps[cell] = steps[i];
      this.#known[cell] = 1;
      this.canvas.paint(cell, this.#fill(where[i], steps[i]), stride);
    }
  }
}
