// The learning rate of each method on each landscape, in rates.json, and the search that writes it.
import { readFileSync, writeFileSync } from "node:fs";
import { budget, descend } from "./descent.js";
import { type Landscape, type LandscapeName, landscapeNames, landscapes } from "./landscapes.js";
import type { Method, Rate } from "./methods.js";

export type Rates = { [method: string]: { [name in LandscapeName]: Rate } };

const file = new URL("rates.json", import.meta.url);

export const readRates = (): Rates => JSON.parse(readFileSync(file, "utf8"));

/** Writes a line for each method, as the formatter does. */
function writeRates(rates: Rates): void {
  const cell = ([name, rate]: [string, Rate]) => `"${name}": ${JSON.stringify(rate).replace(",", ", ")}`;
  const line = (method: string) => `  "${method}": { ${Object.entries(rates[method]).map(cell).join(", ")} }`;
  writeFileSync(file, `{\n${Object.keys(rates).sort().map(line).join(",\n")}\n}\n`);
}

/** The first candidate with the fewest steps, at most `limit`. */
function fastest({ begin }: Method, candidates: readonly Rate[], landscape: Landscape, limit: number) {
  let found: { readonly rate: Rate; readonly steps: number } | undefined;
  for (const rate of candidates) {
    const { steps } = descend(begin(landscape, rate), landscape, found ? found.steps - 1 : limit);
    if (steps !== undefined) found = { rate, steps };
  }
  return found;
}

function closest({ begin }: Method, candidates: readonly Rate[], landscape: Landscape): Rate {
  const ends = candidates.map((rate) => ({ rate, distance: descend(begin(landscape, rate), landscape).distance }));
  return ends.reduce((best, end) => (end.distance < best.distance ? end : best)).rate;
}

/** The constant rate with the fewest steps, or a decaying rate with less than half as many. */
function search(method: Method, landscape: Landscape): Rate {
  const { constants, decaying } = method;
  const constant = fastest(method, constants, landscape, budget);
  const half = constant ? Math.ceil(constant.steps / 2) - 1 : budget;
  const found = fastest(method, decaying, landscape, half) ?? constant;
  return found?.rate ?? closest(method, [...constants, ...decaying], landscape);
}

/** Searches the rates of these methods. Saves each as soon as it is found. */
export function searchRates(methods: readonly Method[]): void {
  for (const method of methods) {
    const found = landscapeNames.map((name) => [name, search(method, landscapes[name])]);
    writeRates({ ...readRates(), [method.name]: Object.fromEntries(found) });
    console.log(`${method.name}: ${found.map(([name, rate]) => `${name} ${rate}`).join(", ")}`);
  }
}
