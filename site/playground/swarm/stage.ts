// The picture of a swarm: contour lines, and above them the density of the particles.
import { readColour } from "../cells/colour.js";
import { drawContours } from "../draw/contours.js";
import { colourOf, cssColour, isDark } from "../draw/palette.js";
import { Plane } from "../draw/plane.js";
import { Ticks } from "../draw/ticks.js";
import { Density } from "./density.js";
import type { Swarm } from "./swarm.js";

/** Pixels across of the particles, at most. More cost time, and make the particles smaller. */
const mostColumns = 480;
/** CSS pixels of a particle, at least. */
const particleSize = 1.5;
/** Pixels of the contour lines for each of them. */
const fine = 2;

export class Stage {
  readonly element = document.createElement("div");
  readonly #below = document.createElement("canvas");
  readonly #above = document.createElement("canvas");
  readonly #ticks = new Ticks();
  #image = new ImageData(1, 1);
  #density = new Density(1, 1, [0, 1, 0, 1], 1);
  #densityKey = "";

  constructor() {
    this.element.className = "pg-stage";
    this.#above.setAttribute("role", "img");
    this.element.append(this.#below, this.#above, this.#ticks.element);
  }

  /** Draws the contours of a surface, and circles around its minima. */
  show({ surface, reach }: Swarm): void {
    const [x0, x1, y0, y1] = surface.bounds;
    this.#ticks.show(surface.bounds);
    const columns = Math.min(mostColumns, Math.round((this.element.clientWidth || mostColumns * particleSize) / particleSize));
    const rows = Math.round((columns * (y1 - y0)) / (x1 - x0));
    const plane = new Plane(surface.bounds, fine * columns, fine * rows);
    this.#image = new ImageData(columns, rows);
    for (const [canvas, scale] of [[this.#below, fine] as const, [this.#above, 1] as const]) {
      canvas.width = scale * columns;
      canvas.height = scale * rows;
    }
    this.element.style.aspectRatio = String(columns / rows);
    const below = this.#below.getContext("2d");
    if (!below) return;
    const contours = new ImageData(plane.width, plane.height);
    drawContours(surface, contours, isDark());
    below.putImageData(contours, 0, 0);
    below.strokeStyle = cssColour("--vp-c-text-1", "#3c3c43");
    below.lineWidth = fine;
    for (const [x, y] of surface.minima) {
      below.beginPath();
      below.arc(...plane.toPixel(x, y), Math.max(3 * fine, (reach.radius * plane.width) / (x1 - x0)), 0, 2 * Math.PI);
      below.stroke();
    }
  }

  /** Draws the particles of the visible rules. */
  draw({ lanes, surface }: Swarm, visible: (lane: number) => boolean): void {
    const { width, height } = this.#above;
    const key = [lanes.length, width, height, ...surface.bounds].join();
    if (key !== this.#densityKey) {
      this.#densityKey = key;
      this.#density = new Density(width, height, surface.bounds, lanes.length);
    }
    this.#density.clear();
    for (const [i, { particles }] of lanes.entries()) if (particles && visible(i)) this.#density.add(i, particles.points);
    this.#density.paint(
      this.#image.data,
      lanes.map((_, i) => readColour(colourOf(i))),
    );
    this.#above.getContext("2d")?.putImageData(this.#image, 0, 0);
  }

  /** What the picture shows, for those who do not see it. */
  set summary(text: string) {
    this.#above.setAttribute("aria-label", text);
  }
}
