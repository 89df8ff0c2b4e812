// The loss on lines through a minimum.
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { addGradient, lossOver, type Weights } from "./network.js";
import type { Trained } from "./training.js";

/** All parameters in one array, in the order of their names in the optimizer. */
export function flatten(params: Weights): Float64Array {
  return Float64Array.from(Object.values(params).flatMap((values) => [...values]));
}

function unflatten(values: Float64Array, params: Weights): void {
  let at = 0;
  for (const array of Object.values(params)) {
    array.set(values.subarray(at, at + array.length));
    at += array.length;
  }
}

/** Divides by the norm. Returns the norm. */
function normalize(direction: Float64Array): number {
  let sum = 0;
  for (const x of direction) sum += x * x;
  const norm = Math.sqrt(sum);
  for (let i = 0; i < direction.length; i++) direction[i] /= norm;
  return norm;
}

/** Moves of length 1 with elements ±1/√n, the same for every minimum. */
export function randomDirections(length: number, count: number, seed: number): Float64Array[] {
  const random = xoroshiro128plus(seed);
  const element = 1 / Math.sqrt(length);
  return Array.from({ length: count }, () =>
    Float64Array.from({ length }, () => (uniformInt(random, 0, 1) === 0 ? -element : element)),
  );
}

const powerSteps = 40;
const difference = 1e-3;
/** How far to look for the side on which the test loss rises. */
const side = 0.1;

/** Calls `read` at a distance along a direction. The parameters are as before afterwards. */
function movedBy<T>(params: Weights, direction: Float64Array, distance: number, read: () => T): T {
  const center = flatten(params);
  unflatten(
    center.map((x, i) => x + distance * direction[i]),
    params,
  );
  try {
    return read();
  } finally {
    unflatten(center, params);
  }
}

/**
 * The direction in which the gradient of the training loss changes most: power iteration with the Hessian, from differences of gradients.
 * Its sign is the one in which the test loss rises, so that the lines of all minima show the same side.
 */
export function steepestDirection({ optimizer, train, test }: Trained): Float64Array {
  const { params, grads } = optimizer;
  const all = Uint32Array.from({ length: train.count }, (_, i) => i);
  const gradientAt = (direction: Float64Array, distance: number) =>
    movedBy(params, direction, distance, () => {
      optimizer.zeroGrad();
      addGradient(optimizer, train, all);
      return flatten(grads);
    });
  let [direction] = randomDirections(flatten(params).length, 1, 1);
  for (let i = 0; i < powerSteps; i++) {
    const before = gradientAt(direction, -difference);
    const next = gradientAt(direction, difference).map((g, k) => g - before[k]);
    if (normalize(next) === 0) break; // no curvature at all
    direction = next;
  }
  optimizer.zeroGrad();
  const testAt = (distance: number) => movedBy(params, direction, distance, () => lossOver(params, test));
  return testAt(side) < testAt(-side) ? direction.map((x) => -x) : direction;
}

/** Training and test loss at distances along a line. */
export interface Slice {
  readonly train: Float64Array;
  readonly test: Float64Array;
}

/** The means over directions. The parameters are as before afterwards. */
export function sliceAlong(trained: Trained, directions: readonly Float64Array[], distances: readonly number[]): Slice {
  const { params } = trained.optimizer;
  const slice = { train: new Float64Array(distances.length), test: new Float64Array(distances.length) };
  for (const direction of directions) {
    for (const [at, distance] of distances.entries()) {
      movedBy(params, direction, distance, () => {
        slice.train[at] += lossOver(params, trained.train) / directions.length;
        slice.test[at] += lossOver(params, trained.test) / directions.length;
      });
    }
  }
  return slice;
}
