// Steps of any rule over the same numbers, and copies of the result.
import type { AnyRule } from "./configurations.js";
import { fill, random } from "./random.js";

type Opt = ReturnType<AnyRule>;
type Views = Record<string, Float32Array>;

export const shapes = { weight: [5, 9], bias: 7, scale: [3, 4, 5] };

/** Fills the arrays of these names: for the same seed and name the same numbers in every optimizer. */
export function feed(views: Views, seed: number, factor = 1): void {
  for (const [i, name] of Object.keys(shapes).entries()) if (views[name]) fill(views[name], random(100 * seed + i), factor);
}

export function make(rule: AnyRule, options: object, of: Record<string, unknown> = shapes): Opt {
  const opt = rule(of as typeof shapes, options as never);
  feed(opt.params, 1);
  return opt;
}

export function run(opt: Opt, steps = 5, after: (t: number) => void = () => {}): Opt {
  for (let t = 1; t <= steps; t++) {
    feed(opt.grads, t + 1);
    opt.step();
    after(t);
  }
  return opt;
}

export const copy = (views: Views) => Object.fromEntries(Object.entries(views).map(([name, array]) => [name, array.slice()]));
const copies = (of: Record<string, Views | undefined>) =>
  Object.fromEntries(Object.entries(of).flatMap(([array, views]) => (views ? [[array, copy(views)]] : [])));

/** All that a step changes. */
export const everything = ({ params, state, average, slow, t, carry, groups, gradNorm, lossScale }: Opt) => ({
  ...copies({ params, ...state, average, slow }),
  t,
  carry: { ...carry },
  groups: groups.map(({ steps, carry }) => ({ steps, carry: { ...carry } })),
  gradNorm,
  lossScale,
});

/** What the rule itself changes. */
export const ofRule = ({ params, state, carry }: Opt) => ({ ...copies({ params, ...state }), carry: { ...carry } });
