// The gradients of all particles. These loops take most of the time of a swarm.
import type { Surface } from "../surfaces.js";

/** Writes the gradient of each particle. `lost[i]` becomes 1, and the gradient 0, where it is not finite. */
export function gradientsInto(grads: Float32Array, points: Float32Array, lost: Uint8Array, surface: Surface): void {
  const g = new Float32Array(2);
  for (let i = 0; i < points.length; i += 2) {
    surface.gradient(points[i], points[i + 1], g);
    put(grads, lost, i, g[0], g[1]);
  }
}

/** The same over a batch of the surface's examples. */
export function batchGradientsInto(
  grads: Float32Array,
  points: Float32Array,
  lost: Uint8Array,
  surface: Surface,
  batch: Uint32Array,
): void {
  const g = new Float32Array(2);
  for (let i = 0; i < points.length; i += 2) {
    surface.batchGradient?.(points[i], points[i + 1], batch, 0, batch.length, g);
    put(grads, lost, i, g[0], g[1]);
  }
}

/** Writes the roots of the curvatures, for rules that observe them: they square what they observe. */
export function curvatureRootsInto(grads: Float32Array, points: Float32Array, lost: Uint8Array, surface: Surface): void {
  const h = new Float32Array(2);
  for (let i = 0; i < points.length; i += 2) {
    surface.curvature?.(points[i], points[i + 1], h);
    put(grads, lost, i, Math.sqrt(h[0]), Math.sqrt(h[1]));
  }
}

function put(grads: Float32Array, lost: Uint8Array, i: number, x: number, y: number): void {
  if (Math.abs(x) + Math.abs(y) < Infinity) {
    grads[i] = x;
    grads[i + 1] = y;
  } else {
    lost[i >> 1] = 1;
    grads[i] = 0;
    grads[i + 1] = 0;
  }
}
