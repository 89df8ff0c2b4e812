// Saves optimizers of TensorFlow.js and loads them again, as models do.

import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import * as ours from "../../src/adapters/tfjs/index.js";
import type { NamedTensor } from "../../src/adapters/tfjs/saved.js";

type Make = (options?: object) => ours.TfjsOptimizer;

export const rules = ours as unknown as Record<string, Make>;

export const shapes = { a: [3, 4], b: [5], c: [] };

/** The configuration as it comes out of a saved model: `loadLayersModel` makes camel case of it. */
export function reload(optimizer: ours.TfjsOptimizer): ours.TfjsOptimizer {
  const config = JSON.parse(JSON.stringify(optimizer.getConfig()));
  const model = layers.sequential({ layers: [layers.layers.dense({ units: 1, inputShape: [1] })] });
  model.loadTrainingConfig({
    optimizer_config: { class_name: optimizer.getClassName(), config },
    loss: "mean_squared_error",
    metrics: [],
    sample_weight_mode: undefined,
    loss_weights: undefined,
  } as never);
  const loaded = model.optimizer as ours.TfjsOptimizer;
  model.dispose();
  return loaded;
}

/** What `model.save` makes of tensors, and `loadLayersModel` of that. */
export async function encode(tensors: NamedTensor[]): Promise<NamedTensor[]> {
  const { data, specs } = await tf.io.encodeWeights(tensors, "optimizer");
  return Object.entries(tf.io.decodeWeights(data, specs)).map(([name, tensor]) => ({ name, tensor }));
}

export const free = (named: readonly NamedTensor[]) => tf.dispose(named.map(({ tensor }) => tensor));

export async function transfer(from: ours.TfjsOptimizer, to: ours.TfjsOptimizer): Promise<void> {
  const weights = await encode(await from.getWeights());
  await to.setWeights(weights);
  free(weights);
}

/** Sets variables to values, as `bits` gives them. */
export const restore = (of: readonly tf.Variable[], to: readonly (readonly number[])[]) =>
  tf.tidy(() => {
    for (const [i, variable] of of.entries()) variable.assign(tf.tensor(Array.from(to[i] ?? []), variable.shape));
  });
