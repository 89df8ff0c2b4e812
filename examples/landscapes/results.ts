// The results of each method at its learning rates.
import { budget, descend, type Outcome, path } from "./descent.js";
import { type LandscapeName, landscapeNames, landscapes, type Point } from "./landscapes.js";
import { type Method, methods, type Rate } from "./methods.js";
import { type Rates, readRates } from "./rates.js";

export interface Result extends Outcome {
  readonly rate: Rate;
  /** Why the method did not converge. */
  readonly reason: string | undefined;
  /** The points from the start until convergence. */
  path(): Point[];
}

export interface Row {
  readonly method: string;
  readonly on: { readonly [name in LandscapeName]: Result };
}

function row(method: Method, rates: Rates): Row {
  const own = rates[method.name];
  if (!own) throw new Error(`${method.name} has no learning rates; to search them: npm run landscapes -- --search`);
  const result = (name: LandscapeName): Result => {
    const begin = () => method.begin(landscapes[name], own[name]);
    const outcome = descend(begin(), landscapes[name]);
    return {
      rate: own[name],
      reason: method.fails?.[name],
      ...outcome,
      path: () => path(begin(), outcome.steps ?? budget),
    };
  };
  const on = Object.fromEntries(landscapeNames.map((name) => [name, result(name)])) as Row["on"];
  return { method: method.name, on };
}

export function results(): Row[] {
  const rates = readRates();
  return methods.map((method) => row(method, rates));
}
