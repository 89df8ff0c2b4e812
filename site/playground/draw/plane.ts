// A canvas that shows the bounds of a surface: points to pixels and back, and a size that follows its element.
import type { Point, Surface } from "../surfaces.js";

/** Pixels of a canvas against points of a surface. */
export class Plane {
  readonly bounds: Surface["bounds"];
  readonly width: number;
  readonly height: number;

  constructor(bounds: Surface["bounds"], width: number, height: number) {
    this.bounds = bounds;
    this.width = width;
    this.height = height;
  }

  toPixel(x: number, y: number): Point {
    const [x0, x1, y0, y1] = this.bounds;
    return [((x - x0) / (x1 - x0)) * this.width, ((y1 - y) / (y1 - y0)) * this.height];
  }

  fromPixel(px: number, py: number): Point {
    const [x0, x1, y0, y1] = this.bounds;
    return [x0 + (px / this.width) * (x1 - x0), y1 - (py / this.height) * (y1 - y0)];
  }
}

/** Device pixels per CSS pixel, at most 2: more costs time and cannot be seen. */
export const density = (): number => Math.min(window.devicePixelRatio || 1, 2);

/** Gives a canvas the pixels of its size on the page. Returns whether they changed. */
export function fitCanvas(canvas: HTMLCanvasElement): boolean {
  const { clientWidth, clientHeight } = canvas;
  const [width, height] = [clientWidth, clientHeight].map((size) => Math.max(1, Math.round(size * density())));
  if (canvas.width === width && canvas.height === height) return false;
  canvas.width = width;
  canvas.height = height;
  return true;
}
