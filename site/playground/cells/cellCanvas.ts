// A canvas of cells with a read cell, which follows the pointer and the arrow keys, and with marks.
import { type Fill, type Grid, paintCell } from "./grid.js";

export interface CellEvents {
  /** Another cell is read. */
  read(cell: number): void;
  /** The read cell is taken: a click, or Enter. */
  take(cell: number): void;
}

/** A sign on the picture, in parts of its width and height from the lower left corner. */
export interface Mark {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly title: string;
}

const arrows: { readonly [key: string]: readonly [columns: number, rows: number] } = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

export class CellCanvas {
  readonly element = document.createElement("div");
  readonly #canvas = document.createElement("canvas");
  readonly #handle = document.createElement("button");
  readonly #marks = document.createElement("div");
  readonly #events: CellEvents;
  #grid: Grid = { columns: 1, rows: 1 };
  #image = new ImageData(1, 1);
  #scale = 1;
  #cell = 0;
  #frame = 0;

  constructor(events: CellEvents) {
    this.#events = events;
    this.element.className = "pg-cells";
    this.#canvas.setAttribute("role", "img");
    this.#handle.type = "button";
    this.#handle.className = "pg-cell";
    this.#marks.setAttribute("aria-hidden", "true");
    this.element.append(this.#canvas, this.#marks, this.#handle);
    this.#listen();
  }

  /** Puts something on the picture, under its marks and the read cell. */
  under(layer: HTMLElement): void {
    this.#canvas.after(layer);
  }

  /** Clears the picture, and sets its cells, their pixels along a side, and the ratio of the picture's width to its height. */
  reset(grid: Grid, scale = 1, ratio = grid.columns / grid.rows): void {
    this.#grid = grid;
    this.#scale = scale;
    this.#image = new ImageData(scale * grid.columns, scale * grid.rows);
    this.#canvas.width = this.#image.width;
    this.#canvas.height = this.#image.height;
    this.element.style.aspectRatio = String(ratio);
    this.cell = Math.min(this.#cell, grid.columns * grid.rows - 1);
  }

  /** Colours a cell, and a square of this width above and to the right of it. */
  paint(cell: number, fill: Fill, width = 1): void {
    paintCell(this.#image.data, this.#grid, cell, fill, width, this.#scale);
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#canvas.getContext("2d")?.putImageData(this.#image, 0, 0);
    });
  }

  set marks(marks: readonly Mark[]) {
    this.#marks.replaceChildren(
      ...marks.map(({ x, y, text, title }) => {
        const span = document.createElement("span");
        span.className = "pg-mark";
        span.textContent = text;
        span.title = title;
        span.style.left = `${100 * x}%`;
        span.style.bottom = `${100 * y}%`;
        return span;
      }),
    );
  }

  /** The read cell. */
  get cell(): number {
    return this.#cell;
  }

  set cell(cell: number) {
    this.#cell = cell;
    const { columns, rows } = this.#grid;
    this.#handle.style.left = `${(100 * ((cell % columns) + 0.5)) / columns}%`;
    this.#handle.style.bottom = `${(100 * (Math.floor(cell / columns) + 0.5)) / rows}%`;
  }

  /** What the picture shows, for those who do not see it. */
  set summary(text: string) {
    this.#canvas.setAttribute("aria-label", text);
  }

  /** What the read cell shows. */
  set reading(text: string) {
    this.#handle.setAttribute("aria-label", text);
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.element.remove();
  }

  #move(cell: number): void {
    if (cell === this.#cell) return;
    this.cell = cell;
    this.#events.read(cell);
  }

  #at({ clientX, clientY }: MouseEvent): number {
    const { left, bottom, width, height } = this.#canvas.getBoundingClientRect();
    const { columns, rows } = this.#grid;
    const within = (value: number, count: number) => Math.min(Math.max(Math.floor(value * count), 0), count - 1);
    return within((bottom - clientY) / height, rows) * columns + within((clientX - left) / width, columns);
  }

  #listen(): void {
    let touched = false;
    this.element.addEventListener("pointermove", (event) => this.#move(this.#at(event)));
    this.element.addEventListener("pointerdown", (event) => {
      touched = event.pointerType === "touch";
      this.#move(this.#at(event));
    });
    this.element.addEventListener("click", (event) => {
      // Without a position: the key Enter. A finger cannot hover: its first touch reads.
      if (event.detail === 0) this.#events.take(this.#cell);
      else if (!touched) this.#events.take(this.#at(event));
    });
    this.#handle.addEventListener("keydown", (event) => {
      const arrow = arrows[event.key];
      if (!arrow) return;
      event.preventDefault();
      const { columns, rows } = this.#grid;
      const size = event.shiftKey ? 10 : 1;
      const to = (value: number, move: number, count: number) => Math.min(Math.max(value + move * size, 0), count - 1);
      const column = to(this.#cell % columns, arrow[0], columns);
      this.#move(to(Math.floor(this.#cell / columns), arrow[1], rows) * columns + column);
    });
  }
}
