// The learn pages as the tests read them: the state of a page's figure, the numbers of its text, and runs of its racers.
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { makeRacer } from "../../../site/playground/racers.js";
import { parse, type State } from "../../../site/playground/state.js";
import { type Surface, surfaceOf } from "../../../site/playground/surfaces.js";

const pages = new URL("../../../site/pages/", import.meta.url);

export const languages = ["", "ko/"] as const;

export const read = (language: string, name: string): string =>
  readFileSync(new URL(`${language}learn/${name}.md`, pages), "utf8");

/** The text of the figure's state, as it stands in both languages. */
export function stateText(name: string): string {
  const [en, ko] = languages.map((language) => read(language, name).match(/<Island name="figure" state="([^"]*)" \/>/)?.[1]);
  if (en === undefined) throw new Error(`${name}.md has no figure`);
  expect(ko, `the figure of ko/learn/${name}.md`).toBe(en);
  return en;
}

/** The state of the figure of a page. */
export const figure = (name: string): State => parse(stateText(name));

/** The words of a page, without front matter, figure and code. */
const words = (text: string): string =>
  text
    .replace(/^---[\s\S]*?---/, "")
    .replace(/<Island[^>]*>/g, "")
    .replace(/^::: details[\s\S]*$/m, "");

/** Expects that the text of both languages has these numbers. */
export function expectNumbers(name: string, ...numbers: (number | string)[]): void {
  for (const language of languages) {
    const text = words(read(language, name));
    for (const number of numbers) {
      const pattern = new RegExp(`(?<![\\d.])${String(number).replace(/[.()]/g, "\\$&")}(?![.,]?\\d)`);
      expect(text, `${language}learn/${name}.md`).toMatch(pattern);
    }
  }
}

export interface Run {
  /** The points after 0, 1, 2 … steps. */
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly losses: readonly number[];
  readonly surface: Surface;
  readonly optimizer: ReturnType<typeof makeRacer>["optimizer"];
}

/** Runs each racer of a page's figure, on the figure's surface and from its start. */
export function race(name: string, steps: number, change: Partial<State> = {}): Run[] {
  const state = { ...figure(name), ...change };
  const surface = surfaceOf(state.surface, state.settings);
  return state.racers.map((setup) => {
    const racer = makeRacer(setup, surface, state);
    const at = () => [racer.point[0], racer.point[1]] as const;
    const points = [at()];
    for (let t = 0; t < steps; t++) {
      racer.step();
      points.push(at());
    }
    return { points, losses: points.map(([x, y]) => surface.value(x, y)), surface, optimizer: racer.optimizer };
  });
}

/** The step from which on all losses are below 0.001; Infinity if the last is not. */
export function arrival({ losses }: Run): number {
  let t = losses.length;
  while (losses[t - 1] < 1e-3) t--;
  return t === losses.length ? Infinity : t;
}

/** The distance from the global minimum after each number of steps. */
export const distances = ({ points, surface }: Run): number[] => {
  const [[x, y]] = surface.minima;
  return points.map((point) => Math.hypot(point[0] - x, point[1] - y));
};

export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** How often a value changes its sign from one to the next. */
export const crossings = (values: readonly number[]): number =>
  values.filter((value, i) => i > 0 && value * values[i - 1] < 0).length;

/** The coordinates of runs in a straight ravine: along its floor, and across. */
export const floor = (...runs: Run[]) =>
  runs.map(({ points }) => ({
    along: points.map(([x, y]) => (4 * x + 3 * y) / 5),
    across: points.map(([x, y]) => (4 * y - 3 * x) / 5),
  }));

/** A change of the figure's state: other options for one racer. */
export function withOptions(name: string, racer: number, options: State["racers"][number]["options"]): Partial<State> {
  const racers = figure(name).racers.map((setup, i) =>
    i === racer ? { ...setup, options: { ...setup.options, ...options } } : setup,
  );
  return { racers };
}
