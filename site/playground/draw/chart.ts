// A line chart by uPlot, with the colours of the theme and a table of its numbers below.
import type uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { short } from "./numbers.js";
import { colourOf, cssColour, dashOf, onTheme } from "./palette.js";
import { fillTable, makeTable } from "./table.js";

export interface Line {
  readonly label: string;
  /** The number of the colour and dash: that of the racer. */
  readonly racer: number;
  /** One for each x; what is not finite (on a logarithmic axis: not positive) is a gap. */
  readonly values: ArrayLike<number>;
}

export interface ChartOptions {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** The title of the table below. */
  readonly table: string;
  readonly logarithmic?: boolean;
  readonly logarithmicX?: boolean;
  /** In CSS pixels. Default 180. */
  readonly height?: number;
}

/** uPlot, which is loaded with the first line that has two points. */
let plotting: Promise<typeof uPlot> | undefined;
function loadPlotting(): Promise<typeof uPlot> {
  plotting ??= import("uplot").then((module) => module.default);
  return plotting;
}

/** Of the lines of a logarithmic axis, only those at powers of ten; of other axes all. */
const onlyPowers = (plot: uPlot, splits: number[], axis: number) =>
  plot.scales[plot.axes[axis].scale ?? ""].distr === 3
    ? splits.map((split) => (Number.isInteger(Math.round(Math.log10(split) * 1e6) / 1e6) ? split : null))
    : splits;

export class Chart {
  readonly #options: ChartOptions;
  readonly #figure: HTMLElement;
  readonly #place: HTMLElement;
  readonly #table: HTMLDetailsElement;
  readonly #resized: ResizeObserver;
  readonly #stopTheme: () => void;
  #Plot: typeof uPlot | undefined;
  #plot: uPlot | undefined;
  #x: ArrayLike<number> = [];
  #lines: readonly Line[] = [];
  #mark = Number.NaN;

  constructor(element: HTMLElement, options: ChartOptions) {
    this.#options = options;
    this.#figure = document.createElement("figure");
    this.#figure.className = "pg-chart";
    const caption = document.createElement("figcaption");
    caption.textContent = options.title;
    this.#place = document.createElement("div");
    this.#place.style.minHeight = `${this.#height}px`;
    this.#table = makeTable(options.table, () => this.#fill(), options.title);
    this.#figure.append(caption, this.#place, this.#table);
    element.append(this.#figure);
    this.#resized = new ResizeObserver(() => this.#resize());
    this.#resized.observe(this.#place);
    this.#stopTheme = onTheme(() => this.#rebuild());
  }

  get #height(): number {
    return this.#options.height ?? 180;
  }

  /** Shows lines over x. */
  set(x: ArrayLike<number>, lines: readonly Line[]): void {
    const key = (list: readonly Line[]) => list.map(({ label, racer }) => `${racer} ${label}`).join("\n");
    const same = key(lines) === key(this.#lines);
    [this.#x, this.#lines] = [x, lines];
    if (this.#plot && same) this.#plot.setData(this.#data());
    else this.#rebuild();
    if (this.#table.open) this.#fill();
  }

  /** Draws a vertical line at x. */
  mark(x: number): void {
    this.#mark = x;
    this.#plot?.redraw(false, false);
  }

  destroy(): void {
    this.#resized.disconnect();
    this.#stopTheme();
    this.#plot?.destroy();
    this.#figure.remove();
  }

  #data(): uPlot.AlignedData {
    const { logarithmic } = this.#options;
    const gaps = (values: ArrayLike<number>) =>
      Array.from(values, (value) => (Number.isFinite(value) && (!logarithmic || value > 0) ? value : null));
    return [Array.from(this.#x), ...this.#lines.map(({ values }) => gaps(values))];
  }

  #resize(): void {
    const width = this.#place.clientWidth;
    if (width === 0) return;
    if (this.#plot) this.#plot.setSize({ width, height: this.#height });
    else this.#rebuild();
  }

  #rebuild(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    const width = this.#place.clientWidth;
    if (width === 0 || this.#lines.length === 0 || this.#x.length < 2) return;
    const Plot = this.#Plot;
    if (!Plot) {
      void loadPlotting().then((loaded) => {
        this.#Plot = loaded;
        if (this.#figure.isConnected) this.#rebuild();
      });
      return;
    }
    const { x, y, logarithmic, logarithmicX } = this.#options;
    const text = cssColour("--vp-c-text-2", "#67676c");
    const rule = cssColour("--vp-c-divider", "#e2e2e3");
    const axis = (label: string, size: number): uPlot.Axis => ({
      label,
      labelSize: 16,
      size,
      stroke: text,
      font: "12px sans-serif",
      labelFont: "12px sans-serif",
      grid: { stroke: rule, width: 1, filter: onlyPowers },
      ticks: { stroke: rule, width: 1, size: 4 },
      values: (_, splits) => splits.map((split) => (split === null ? "" : short(split))),
    });
    this.#plot = new Plot(
      {
        width,
        height: this.#height,
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false, distr: logarithmicX ? 3 : 1 }, y: { distr: logarithmic ? 3 : 1 } },
        axes: [axis(x, 30), axis(y, 52)],
        series: [
          {},
          ...this.#lines.map(({ label, racer }) => ({
            label,
            stroke: colourOf(racer),
            dash: dashOf(racer),
            width: 1.75,
            points: { show: false },
          })),
        ],
        hooks: { draw: [(plot) => this.#drawMark(plot, text)] },
      },
      this.#data(),
      this.#place,
    );
    this.#place.querySelector("canvas")?.setAttribute("aria-hidden", "true");
  }

  #drawMark({ ctx, bbox, valToPos, scales }: uPlot, colour: string): void {
    if (!(this.#mark >= (scales.x.min ?? 0) && this.#mark <= (scales.x.max ?? 0))) return;
    const at = valToPos(this.#mark, "x", true);
    ctx.save();
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.moveTo(at, bbox.top);
    ctx.lineTo(at, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }

  #fill(): void {
    fillTable(this.#table, [this.#options.x, ...this.#lines.map(({ label }) => label)], this.#x.length, (row, column) =>
      short(column === 0 ? this.#x[row] : this.#lines[column - 1].values[row]),
    );
  }
}
