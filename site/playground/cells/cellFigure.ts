// A canvas of cells that a worker computes part by part, with its progress and its error.
import { element } from "../controls/control.js";
import { CellCanvas, type CellEvents } from "./cellCanvas.js";
import { Task } from "./task.js";

export interface FigureEvents extends CellEvents {
  /** A part has come, or the last one. */
  changed(): void;
}

interface Done {
  /** How many of all cells are done, this part included: 0 … 1. */
  readonly done: number;
}

export class CellFigure<Job, Part extends Done> {
  readonly element = element("figure");
  readonly canvas: CellCanvas;
  readonly progress = element("progress", { max: 1 });
  readonly error = element("p", { className: "pg-error" });
  readonly #worker: Worker;
  readonly #task: Task<Job, Part>;
  readonly #events: FigureEvents;

  /** `progress` is the label of the bar. The caller puts canvas, bar and error into the element. */
  constructor(worker: Worker, events: FigureEvents, progress: string) {
    this.#worker = worker;
    this.#task = new Task(worker);
    this.#events = events;
    this.canvas = new CellCanvas(events);
    this.progress.setAttribute("aria-label", progress);
  }

  /** Begins another picture. `take` shows a part. */
  start(job: Job, take: (part: Part) => void): void {
    this.#advance(0);
    this.error.hidden = true;
    this.#task.start(job, {
      part: (part) => {
        take(part);
        this.#advance(part.done);
      },
      ended: () => this.#advance(1),
      failed: (message) => {
        this.error.hidden = false;
        this.error.textContent = message;
        this.#advance(1);
      },
    });
  }

  destroy(): void {
    this.#worker.terminate();
    this.canvas.destroy();
    this.element.remove();
  }

  #advance(done: number): void {
    this.progress.value = done;
    this.progress.hidden = done === 1;
    this.#events.changed();
  }
}
