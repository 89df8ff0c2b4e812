// Contours of a surface, with finished paths on them.
import { drawContours } from "../playground/draw/contours.js";
import { colourOf, cssColour, dashOf, isDark, onTheme } from "../playground/draw/palette.js";
import { density, fitCanvas, Plane } from "../playground/draw/plane.js";
import { Ticks } from "../playground/draw/ticks.js";
import type { Point, Surface } from "../playground/surfaces.js";

/** Dots mark the points of a path that are farther apart than this, in CSS pixels. */
const apart = 6;

export class Paths {
  readonly element = document.createElement("div");
  readonly #canvas = document.createElement("canvas");
  readonly #ticks = new Ticks();
  readonly #stop: (() => void)[];
  #surface: Surface | undefined;
  #paths: readonly (readonly Point[])[] = [];
  #contours: ImageData | undefined;
  #contoursOf: readonly unknown[] = [];

  constructor() {
    this.element.className = "pg-plane learn-plane";
    this.#canvas.setAttribute("role", "img");
    this.element.append(this.#canvas, this.#ticks.element);
    const resized = new ResizeObserver(() => this.#draw());
    resized.observe(this.#canvas);
    this.#stop = [() => resized.disconnect(), onTheme(() => this.#draw())];
  }

  /** Shows paths that begin at the same point. `summary` says what they show. */
  show(surface: Surface, paths: readonly (readonly Point[])[], summary: string): void {
    [this.#surface, this.#paths] = [surface, paths];
    this.#canvas.setAttribute("aria-label", summary);
    this.#ticks.show(surface.bounds);
    this.#draw();
  }

  destroy(): void {
    for (const stop of this.#stop) stop();
    this.element.remove();
  }

  #draw(): void {
    const context = this.#canvas.getContext("2d");
    if (!this.#surface || !context || this.#canvas.clientWidth === 0) return;
    fitCanvas(this.#canvas);
    const { width, height } = this.#canvas;
    context.putImageData(this.#contoursAt(this.#surface, width, height), 0, 0);
    const plane = new Plane(this.#surface.bounds, width, height);
    const ratio = density();
    // The first path is drawn last: the long ones must not cover the short ones.
    for (const [i, points] of [...this.#paths.entries()].reverse()) this.#drawPath(context, plane, i, points);
    context.strokeStyle = cssColour("--vp-c-text-1", "#3c3c43");
    context.lineWidth = 2 * ratio;
    const [start] = this.#paths[0];
    circle(context, plane.toPixel(...start), 8 * ratio);
    const [x, y] = plane.toPixel(...this.#surface.minima[0]);
    context.beginPath();
    for (const [dx, dy] of [
      [5 * ratio, 0],
      [0, 5 * ratio],
    ]) {
      context.moveTo(x - dx, y - dy);
      context.lineTo(x + dx, y + dy);
    }
    context.stroke();
  }

  #contoursAt(surface: Surface, width: number, height: number): ImageData {
    const key = [surface, width, height, isDark()];
    if (!this.#contours || key.some((part, i) => part !== this.#contoursOf[i])) {
      this.#contours = new ImageData(width, height);
      drawContours(surface, this.#contours, isDark());
      this.#contoursOf = key;
    }
    return this.#contours;
  }

  #drawPath(context: CanvasRenderingContext2D, plane: Plane, i: number, points: readonly Point[]): void {
    const ratio = density();
    const pixels = points.map(([x, y]) => plane.toPixel(x, y));
    context.strokeStyle = context.fillStyle = colourOf(i);
    context.lineWidth = 1.75 * ratio;
    context.lineJoin = "round";
    context.setLineDash(dashOf(i).map((length) => length * ratio));
    context.beginPath();
    for (const [x, y] of pixels) context.lineTo(x, y);
    context.stroke();
    context.setLineDash([]);
    for (const [t, [x, y]] of pixels.entries()) {
      const isLast = t === pixels.length - 1;
      const [px, py] = pixels[Math.max(0, t - 1)];
      if (!isLast && Math.hypot(x - px, y - py) < apart * ratio) continue;
      circle(context, [x, y], (isLast ? 5 : 2) * ratio);
      context.fill();
    }
  }
}

function circle(context: CanvasRenderingContext2D, [x, y]: Point, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
}
