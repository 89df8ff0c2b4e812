// One picture of basins, computed in a worker of its own.
import { CellCanvas, type CellEvents } from "../cells/cellCanvas.js";
import type { Fill, Grid } from "../cells/grid.js";
import { Task } from "../cells/task.js";
import { element } from "../controls/control.js";
import type { Surface } from "../surfaces.js";
import type { Part } from "./field.js";
import type { Outcomes } from "./outcomes.js";
import { cellsOf, gridOf, strides } from "./passes.js";
import type { FieldJob } from "./worker.js";

export interface PanelEvents extends CellEvents {
  /** A part has come, or the last one. */
  changed(): void;
}

export class Panel {
  readonly element: HTMLElement;
  readonly canvas: CellCanvas;
  readonly #title = element("figcaption");
  readonly #progress = element("progress", { max: 1 });
  readonly #error = element("p", { className: "pg-error" });
  readonly #worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  readonly #task: Task<FieldJob, Part>;
  readonly #events: PanelEvents;
  #grid: Grid = { columns: 1, rows: 1 };
  #fill: (where: number, steps: number) => Fill = () => ({ colour: [0, 0, 0] });
  #outcomes: Outcomes = { where: new Uint8Array(1), steps: new Uint16Array(1) };
  #known = new Uint8Array(1);

  constructor(events: PanelEvents, progress: string) {
    this.#events = events;
    this.canvas = new CellCanvas(events);
    this.#progress.setAttribute("aria-label", progress);
    this.#task = new Task(this.#worker);
    this.element = element("figure", { className: "pg-panel" }, this.#title, this.canvas.element, this.#progress, this.#error);
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
    this.#advance(0);
    this.#error.hidden = true;
    this.#task.start(job, {
      part: (part) => this.#take(part),
      ended: () => this.#advance(1),
      failed: (message) => {
        this.#advance(1);
        this.#error.hidden = false;
        this.#error.textContent = message;
      },
    });
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
    this.#worker.terminate();
    this.canvas.destroy();
    this.element.remove();
  }

  #take({ cells, stride, done, where, steps }: Part): void {
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i];
      this.#outcomes.where[cell] = where[i];
      this.#outcomes.steps[cell] = steps[i];
      this.#known[cell] = 1;
      this.canvas.paint(cell, this.#fill(where[i], steps[i]), stride);
    }
    this.#advance(done);
  }

  #advance(done: number): void {
    this.#progress.value = done;
    this.#progress.hidden = done === 1;
    this.#events.changed();
  }
}
