// Checks that the gradient is filled. Without this check, a training whose gradients are always 0 changes nothing and reports nothing.

import type { Optimizer } from "../engine/optimizer.js";
import { agree, probe, share } from "../numerics/level.js";

/** Whether all gradients are 0. */
export const isZero = (optimizer: Optimizer) =>
  Object.values<Float32Array>(optimizer.grads).every((array) => array.every((x) => x === 0));

type Direction = { readonly array: Float32Array; readonly along: Float64Array };

/** The direction of the check, over all parameters that steps change. */
function directions(optimizer: Optimizer): Direction[] {
  const entries = Object.entries<Float32Array>(optimizer.params);
  const size = Math.sqrt(entries.reduce((sum, [, array]) => sum + array.length, 0));
  return entries.flatMap(([name, array], j) => {
    const group = optimizer.groups.find(({ names }) => names.includes(name));
    const { hyper } = group ?? optimizer;
    if (group?.frozen || hyper.lr === 0) return [];
    const along = Float64Array.from(array, (x, i) => (Math.max(1, Math.abs(x)) * share(i, j)) / size);
    // The loss may include the L2 penalty of weight decay, whose slope must not count. It has none orthogonal to the parameters.
    const square = array.reduce((sum, x) => sum + x * x, 0);
    if (hyper.weightDecay !== 0 && square > 0) {
      const part = along.reduce((sum, d, i) => sum + d * (array[i] as number), 0) / square;
      for (const [i, x] of array.entries()) along[i] = (along[i] as number) - part * x;
    }
    return [{ array, along }];
  });
}

/**
 * Throws if the loss has a slope although its gradient is 0. `loss` returns the loss at the optimizer's parameters. It is called five
 * times, or fewer if the loss is constant or differs between two calls at one point.
 */
export async function checkFilled(optimizer: Optimizer, loss: () => number | Promise<number>): Promise<void> {
  const copies = optimizer.copyParams();
  const all = directions(optimizer);
  const at = async (step: number) => {
    optimizer.restoreParams(copies);
    for (const { array, along } of all) for (const [i, x] of array.entries()) array[i] = x + step * (along[i] as number);
    optimizer.zeroGrad();
    return loss();
  };
  try {
    const above = await at(probe);
    if (above !== (await at(probe))) return;
    const below = await at(-probe);
    if (above === below) return;
    const shorter = ((await at(probe / 2)) - (await at(-probe / 2))) / probe;
    // If the loss is computed in f32, rounding gives slopes up to 6e-5 of the loss.
    if (agree((above - below) / (2 * probe), shorter, 2e-4 * Math.abs(above)))
      throw new TypeError("fit: gradient expected to fill the optimizer's grads, got only 0 although the loss changes");
  } finally {
    optimizer.restoreParams(copies);
    optimizer.zeroGrad();
  }
}
