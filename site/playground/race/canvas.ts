// The canvas of a race: contours, paths, overlays; a handle for the start.
import { drawContours } from "../draw/contours.js";
import { colourOf, cssColour, dashOf, isDark, onTheme } from "../draw/palette.js";
import { density, fitCanvas, Plane } from "../draw/plane.js";
import { Ticks } from "../draw/ticks.js";
import type { Point } from "../surfaces.js";
import { drawOverlays, loadOverlays, type Overlay } from "./overlays.js";
import type { Race } from "./race.js";

export interface CanvasTexts {
  /** The label of the handle of the start. */
  readonly start: (x: string, y: string) => string;
}

/** Part of the picture's width that an arrow key moves the start; with Shift ten times as much. */
const keyStep = 1 / 200;

/** Points closer than this are drawn as one, in device pixels. */
const nearest = 0.5;

export class RaceCanvas {
  readonly element: HTMLElement;
  readonly #canvas = document.createElement("canvas");
  readonly #ticks = new Ticks();
  readonly #handle = document.createElement("button");
  readonly #onStart: (start: Point) => void;
  readonly #texts: CanvasTexts;
  readonly #stop: (() => void)[] = [];
  #race: Race | undefined;
  #overlays: ReadonlySet<Overlay> = new Set();
  #contours: HTMLCanvasElement | undefined;
  #contoursOf: unknown;
  // The paths up to step #drawn, so that a frame draws only what is new.
  #paths = document.createElement("canvas");
  #drawn = 0;
  #lengths: number[] = [];

  constructor(texts: CanvasTexts, onStart: (start: Point) => void) {
    this.#texts = texts;
    this.#onStart = onStart;
    this.element = document.createElement("div");
    this.element.className = "pg-plane";
    this.#canvas.setAttribute("role", "img");
    this.#handle.type = "button";
    this.#handle.className = "pg-start";
    this.element.append(this.#canvas, this.#ticks.element, this.#handle);
    this.#listen();
    const resized = new ResizeObserver(() => this.redraw());
    resized.observe(this.#canvas);
    this.#stop.push(
      () => resized.disconnect(),
      onTheme(() => this.redraw()),
    );
  }

  /** Shows another race. */
  show(race: Race, start: Point): void {
    this.#race = race;
    this.#ticks.show(race.surface.bounds);
    const [x0, x1, y0, y1] = race.surface.bounds;
    const label = this.#texts.start(start[0].toPrecision(3), start[1].toPrecision(3));
    this.#handle.setAttribute("aria-label", label);
    this.#handle.title = label;
    this.#handle.style.left = `${(100 * (start[0] - x0)) / (x1 - x0)}%`;
    this.#handle.style.top = `${(100 * (y1 - start[1])) / (y1 - y0)}%`;
    this.#handle.dataset.start = start.join();
    this.redraw();
  }

  set overlays(overlays: ReadonlySet<Overlay>) {
    this.#overlays = overlays;
    this.draw();
    loadOverlays(overlays)?.then(() => this.draw());
  }

  /** What the picture shows, for those who do not see it. */
  set summary(text: string) {
    this.#canvas.setAttribute("aria-label", text);
  }

  /** Draws the shown step. Paths that are drawn stay, unless the race went back. */
  draw(): void {
    const race = this.#race;
    const context = this.#canvas.getContext("2d");
    if (!race || !context || this.#canvas.clientWidth === 0) return;
    if (fitCanvas(this.#canvas) || race.t < this.#drawn) this.#clearPaths();
    this.#drawContours(race);
    this.#drawPaths(race);
    const { width, height } = this.#canvas;
    context.drawImage(this.#contours as HTMLCanvasElement, 0, 0);
    context.drawImage(this.#paths, 0, 0);
    const plane = new Plane(race.surface.bounds, width, height);
    this.#drawMinima(context, race, plane);
    drawOverlays(context, race, plane, this.#overlays);
    this.#drawHeads(context, race, plane);
  }

  /** Draws everything anew. */
  redraw(): void {
    this.#clearPaths();
    this.draw();
  }

  destroy(): void {
    for (const stop of this.#stop) stop();
    this.element.remove();
  }

  #clearPaths(): void {
    this.#paths.width = this.#canvas.width; // also clears
    this.#paths.height = this.#canvas.height;
    this.#drawn = 0;
    this.#lengths = [];
  }

  #drawContours({ surface }: Race): void {
    const { width, height } = this.#canvas;
    const key = [surface, width, height, isDark()];
    const old = this.#contoursOf as unknown[] | undefined;
    if (old && key.every((part, i) => part === old[i])) return;
    this.#contoursOf = key;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d");
    const image = new ImageData(width, height);
    drawContours(surface, image, isDark());
    context?.putImageData(image, 0, 0);
    this.#contours = canvas;
  }

  /** Adds the segments from the last drawn step to the shown one. */
  #drawPaths(race: Race): void {
    const context = this.#paths.getContext("2d");
    if (!context || race.t === this.#drawn) return;
    const { width, height } = this.#paths;
    const plane = new Plane(race.surface.bounds, width, height);
    const ratio = density();
    context.lineJoin = "round";
    for (const [i, { points, racer }] of race.lanes.entries()) {
      if (!racer) continue;
      context.strokeStyle = context.fillStyle = colourOf(i);
      context.lineWidth = 1.75 * ratio;
      context.setLineDash(dashOf(i).map((length) => length * ratio));
      context.lineDashOffset = this.#lengths[i] ?? 0;
      let [px, py] = plane.toPixel(points[2 * this.#drawn], points[2 * this.#drawn + 1]);
      let length = this.#lengths[i] ?? 0;
      const dots: Point[] = [];
      context.beginPath();
      context.moveTo(px, py);
      for (let t = this.#drawn + 1; t <= race.t; t++) {
        const [x, y] = plane.toPixel(points[2 * t], points[2 * t + 1]);
        if (!(Math.abs(x) < 1e5 && Math.abs(y) < 1e5)) break; // canvases do not draw farther
        const moved = Math.hypot(x - px, y - py);
        if (moved < nearest) continue;
        context.lineTo(x, y);
        if (moved > 6 * ratio) dots.push([x, y]);
        length += moved;
        [px, py] = [x, y];
      }
      context.stroke();
      context.setLineDash([]);
      for (const [x, y] of dots) circle(context, x, y, 2 * ratio);
      this.#lengths[i] = length;
    }
    this.#drawn = race.t;
  }

  /** A cross at the global minimum, and small ones at the others. */
  #drawMinima(context: CanvasRenderingContext2D, { surface }: Race, plane: Plane): void {
    const small = surface.minima.length > 8 ? 1.5 : 3;
    context.strokeStyle = cssColour("--vp-c-text-1", "#3c3c43");
    context.lineWidth = density();
    context.beginPath();
    for (const [i, [mx, my]] of surface.minima.entries()) {
      const [x, y] = plane.toPixel(mx, my);
      const arm = (i === 0 ? 6 : small) * density();
      context.moveTo(x - arm, y);
      context.lineTo(x + arm, y);
      context.moveTo(x, y - arm);
      context.lineTo(x, y + arm);
    }
    context.stroke();
  }

  /** The racers' points at the shown step, with their numbers. */
  #drawHeads(context: CanvasRenderingContext2D, race: Race, plane: Plane): void {
    const ratio = density();
    for (const [i, { points, racer }] of race.lanes.entries()) {
      if (!racer) continue;
      const [x, y] = plane.toPixel(points[2 * race.t], points[2 * race.t + 1]);
      if (!(x >= 0 && y >= 0 && x <= plane.width && y <= plane.height)) continue;
      context.fillStyle = colourOf(i);
      context.strokeStyle = cssColour("--vp-c-bg", "#ffffff");
      context.lineWidth = 1.5 * ratio;
      circle(context, x, y, 5 * ratio);
      context.stroke();
    }
  }

  #listen(): void {
    const at = (event: PointerEvent): Point => {
      const { left, top, width, height } = this.#canvas.getBoundingClientRect();
      const plane = new Plane(this.#race?.surface.bounds ?? [0, 1, 0, 1], width, height);
      const inside = (value: number, most: number) => Math.min(Math.max(value, 0), most);
      return plane.fromPixel(inside(event.clientX - left, width), inside(event.clientY - top, height));
    };
    let dragging = false;
    this.element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      dragging = true;
      this.element.setPointerCapture(event.pointerId);
      this.#handle.focus({ preventScroll: true });
      event.preventDefault();
      this.#start(at(event));
    });
    this.element.addEventListener("pointermove", (event) => {
      if (dragging) this.#start(at(event));
    });
    for (const end of ["pointerup", "pointercancel"]) this.element.addEventListener(end, () => (dragging = false));
    this.#handle.addEventListener("keydown", (event) => this.#press(event));
  }

  #press(event: KeyboardEvent): void {
    const directions: { readonly [key: string]: Point } = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, 1],
      ArrowDown: [0, -1],
    };
    const direction = directions[event.key];
    if (!direction || !this.#race) return;
    event.preventDefault();
    const [x0, x1, y0, y1] = this.#race.surface.bounds;
    const [x, y] = (this.#handle.dataset.start ?? "").split(",").map(Number);
    const size = (x1 - x0) * keyStep * (event.shiftKey ? 10 : 1);
    const within = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);
    this.#start([within(x + direction[0] * size, x0, x1), within(y + direction[1] * size, y0, y1)]);
  }

  /** Reports a start with three digits after the point of the picture's scale, so that links stay short. */
  #start([x, y]: Point): void {
    const [x0, x1] = this.#race?.surface.bounds ?? [0, 1];
    const digits = Math.max(0, 3 - Math.floor(Math.log10(x1 - x0)));
    this.#onStart([Number(x.toFixed(digits)), Number(y.toFixed(digits))]);
  }
}

function circle(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}
