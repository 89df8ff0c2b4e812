// The path that Adam would take without bias correction, from the start of a racer.
import { memory } from "../options.js";
import type { Surface } from "../surfaces.js";
import { withoutCorrection } from "../withoutCorrection.js";
import type { Lane } from "./race.js";

const hypers = Object.keys(withoutCorrection.spec.hyper);

interface Path {
  readonly key: string;
  readonly points: number[];
}

const paths = new WeakMap<Float32Array, Path>();

/**
 * x and y of the points 0 … t. Undefined for another rule than Adam, and with options that this path would need too. On surfaces with noise it
 * takes the gradient without noise.
 */
export function uncorrectedPath({ racer, setup, points: own }: Lane, surface: Surface, t: number): readonly number[] | undefined {
  if (!racer || setup.rule !== "adam" || Object.keys(setup.options).some((name) => !hypers.includes(name))) return undefined;
  const hyper: { readonly [name: string]: unknown } = racer.optimizer.current;
  const values = Object.fromEntries(hypers.map((name) => [name, hyper[name] as number]));
  const key = JSON.stringify(values);
  let path = paths.get(own);
  if (path?.key !== key || path.points.length < 2 * (t + 1)) {
    path = { key, points: descend(own.slice(0, 2), values, surface, t) };
    paths.set(own, path);
  }
  return path.points.slice(0, 2 * (t + 1));
}

function descend(start: Float32Array, values: { readonly [name: string]: number }, surface: Surface, t: number): number[] {
  // A path grows step by step while the race plays: some steps ahead cost little.
  const steps = Math.ceil((t + 1) * 1.5) + 50;
  const optimizer = withoutCorrection({ point: start }, { ...values, memory, nonFinite: "skip", maxSkips: steps });
  const { point } = optimizer.params;
  const points = [...start];
  for (let i = 0; i < steps; i++) {
    surface.gradient(point[0], point[1], optimizer.grads.point);
    optimizer.step();
    points.push(point[0], point[1]);
  }
  optimizer.dispose();
  return points;
}
