// Where particles start: spread evenly over the picture, in an order whose beginning is spread evenly too.
import type { Surface } from "../surfaces.js";

// The sequence R2: multiples of 1/φ and 1/φ², where φ³ = φ + 1. https://extremelearning.com.au/unreasonable-effectiveness-of-quasirandom-sequences/
const root = 1.324717957244746;
const stepX = 1 / root;
const stepY = 1 / (root * root);

/** The starts of particles number 0 … count − 1: x and y in turns. More particles keep the starts of the first. */
export function evenStarts([x0, x1, y0, y1]: Surface["bounds"], count: number): Float32Array {
  const points = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    const u = 0.5 + i * stepX;
    const v = 0.5 + i * stepY;
    points[2 * i] = x0 + (x1 - x0) * (u - Math.floor(u));
    points[2 * i + 1] = y0 + (y1 - y0) * (v - Math.floor(v));
  }
  return points;
}
