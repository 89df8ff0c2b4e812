// The methods to compare: every rule of the library, and L-BFGS. To add a method, add an entry to `methods`.
import { exponentialDecay, type Hypers, lbfgs, type Rule, rules, type Slots } from "../../src/index.js";
import type { Descent } from "./descent.js";
import type { Landscape, LandscapeName } from "./landscapes.js";

/** A constant learning rate, or one that each step multiplies by a factor. */
export type Rate = number | readonly [start: number, factor: number];

export interface Method {
  readonly name: string;
  /** The candidates of the search. */
  readonly constants: readonly Rate[];
  readonly decaying: readonly Rate[];
  begin(landscape: Landscape, rate: Rate): Descent;
  /** The landscapes on which no rate converges, each with the reason. */
  readonly fails?: Reasons;
}

type Reasons = { readonly [name in LandscapeName]?: string };

/** 1, 2 and 5 times each power of ten. */
const grid = (lowest: number, highest: number) =>
  Array.from({ length: highest - lowest + 1 }, (_, i) => [1, 2, 5].map((digit) => Number(`${digit}e${lowest + i}`))).flat();

export const constants: readonly number[] = grid(-5, 3);
export const decaying = grid(-5, -1).flatMap((loss) => constants.map((start) => [start, 1 - loss] as const));

/** Exceptions for a rule. */
export interface Setting {
  /** Shape of the point, for rules for matrices. */
  readonly shape?: readonly number[];
  /** The only initial rate, for rules that find their rate. */
  readonly lr?: number;
  readonly options?: { readonly [name: string]: number };
  readonly fails?: Reasons;
}

/** The exceptions, by rule. */
export const settings: { readonly [rule in keyof typeof rules]?: Setting } = {
  asgd: {
    fails: {
      beale:
        "its `lambd`, 0.0001 by default, acts as weight decay and moves the minimum by 0.0010, a little more than the tolerance",
    },
  },
  dog: {
    lr: 1,
    fails: {
      illConditioned:
        "its sum keeps the first gradients, in which the steep axis is thousands of times the flat one, and holds its rate below a " +
        "seventh of what `sgd` can use; with `lr` = 2 it would converge",
    },
  },
  muon: { shape: [1, 2] },
  prodigy: { lr: 1 },
  rprop: {
    fails: {
      illConditioned:
        "near the valley's floor a step of `stepMin`, 0.000001 by default, changes the steep derivative by more than the flat " +
        "derivative that remains, and the signs only alternate; with 0 it would converge",
    },
  },
  scheduleFreeSgd: {
    fails: {
      illConditioned:
        "its average over all steps forgets early steps by a power of 1/t only, while the distance of `sgd` falls exponentially; " +
        "with `lr` = 0.001 it would converge, but its first steps go too far",
    },
  },
  sophia: { options: { batchSize: 1 } }, // the landscape is one example
};

/** Steps between observations of the curvature, for rules that observe it. */
export const observePeriod = 10;

type AnyRule = Rule<Hypers, Slots>;

function byRule(rule: AnyRule): Method {
  const { name, observe } = rule.spec;
  const { shape, lr: only, options, fails } = settings[name as keyof typeof rules] ?? {};
  const allowed = (lr: number) => only === undefined || lr === only;
  return {
    name,
    fails,
    constants: constants.filter((lr) => allowed(lr)),
    decaying: decaying.filter(([lr]) => allowed(lr)),
    begin({ start, gradient, curvature }, rate) {
      const lr = typeof rate === "number" ? rate : exponentialDecay(rate[0], { factor: rate[1] });
      // Weight decay, the default of some rules, would move the minimum.
      const optimizer = rule({ point: shape ?? Float32Array.from(start) }, { lr, weightDecay: 0, ...options });
      const point: Float32Array = optimizer.params.point;
      const g: Float32Array = optimizer.grads.point;
      point.set(start);
      return {
        point,
        step() {
          optimizer.train();
          if (observe && optimizer.t % observePeriod === 0) {
            // The rule squares what it observes.
            curvature(point[0], point[1], g);
            g.set(g.map(Math.sqrt));
            optimizer.observe();
          }
          gradient(point[0], point[1], g);
          optimizer.step();
          optimizer.eval();
        },
      };
    },
  };
}

/** L-BFGS. Each evaluation of the gradient is one step, for a fair comparison with the other methods. */
const withLineSearch: Method = {
  name: "lbfgs",
  constants: [1],
  decaying: [],
  begin({ start, value, gradient }) {
    const opt = lbfgs({ point: Float32Array.from(start) }, { iterations: 1000, gradientTolerance: 0, changeTolerance: 0 });
    const visited: (readonly [number, number])[] = [];
    opt.step(() => {
      const [x, y] = opt.params.point;
      visited.push([x, y]);
      gradient(x, y, opt.grads.point);
      return value(x, y);
    });
    visited.push([opt.params.point[0], opt.params.point[1]]);
    const point = Float32Array.from(start);
    let t = 0;
    return {
      point,
      step() {
        t = Math.min(t + 1, visited.length - 1);
        point.set(visited[t]);
      },
    };
  },
};

export const methods: readonly Method[] = [
  ...Object.values(rules).map((rule) => byRule(rule as unknown as AnyRule)),
  withLineSearch,
].sort((a, b) => a.name.localeCompare(b.name, "en"));
