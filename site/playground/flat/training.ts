// One training of one method, and the flatness of the minimum that it ends in.
import { batches, type Hypers, type Optimizer, type Options, sharpness } from "simdescent";
import type { Network } from "../networks/network.js";
import { memory, ruleOf } from "../options.js";
import { divide, type Flowers } from "./flowers.js";
import { type Common, type Method, type MethodName, methods } from "./methods.js";
import { addGradient, countRight, initialWeights, lossOver, type Weights } from "./network.js";

/** The result of a training. Rises are of the training loss, around the evaluation weights. */
export interface Outcome {
  readonly method: MethodName;
  readonly seed: number;
  readonly trainLoss: number;
  readonly testLoss: number;
  /** Of `testCount` flowers. */
  readonly testRight: number;
  readonly testCount: number;
  /** The worst rise found within the distance of measurement. */
  readonly worst: number;
  /** The mean rise at that distance. */
  readonly average: number;
  /** The worst rise when distances are relative to the weights. */
  readonly adaptive: number;
}

/** A trained network that shows its evaluation weights. */
export interface Trained {
  readonly optimizer: Optimizer & Network<Weights>;
  readonly train: Flowers;
  readonly test: Flowers;
}

/** Throws the library's error for options that the rule does not take, and NonFiniteError if the training diverges. */
export function train(name: MethodName, seed: number, common: Common): Trained {
  const method: Method = methods[name];
  const { train, test } = divide(seed);
  const { weightDecay, updates } = common;
  const options = { memory, weightDecay, ...method.options(common), zeroGrad: true };
  const optimizer = ruleOf(common.rule)(initialWeights(seed), options as Options<Hypers, keyof Weights>) as unknown as Optimizer &
    Network<Weights>;
  const size = method.batch ?? common.batch;

  try {
    descend(optimizer, train, size, seed, updates);
  } catch (error) {
    optimizer.dispose();
    throw error;
  }
  optimizer.eval();
  return { optimizer, train, test };
}

function descend(
  optimizer: Optimizer & Network<Weights>,
  flowers: Flowers,
  size: number | "all",
  seed: number,
  updates: number,
): void {
  for (let epoch = 0; optimizer.t < updates; epoch++) {
    for (const batch of batches(flowers.count, { size, seed, epoch })) {
      addGradient(optimizer, flowers, batch);
      if (optimizer.sam) {
        optimizer.shift(); // sets the gradients to 0, as step() does
        addGradient(optimizer, flowers, batch);
      }
      optimizer.step();
      if (optimizer.t === updates) break;
    }
  }
}

/** Measures within `distance` of the weights. */
export function measure(method: MethodName, seed: number, { optimizer, train, test }: Trained, distance: number): Outcome {
  const all = Uint32Array.from({ length: train.count }, (_, i) => i);
  const loss = () => addGradient(optimizer, train, all);
  const { loss: trainLoss, worst, average } = sharpness(optimizer, loss, { radius: distance });
  const { worst: adaptive } = sharpness(optimizer, loss, { radius: distance, adaptive: true, samples: 1 });
  const { params } = optimizer;
  return {
    method,
    seed,
    trainLoss,
    testLoss: lossOver(params, test),
    testRight: countRight(params, test),
    testCount: test.count,
    worst,
    average,
    adaptive,
  };
}
