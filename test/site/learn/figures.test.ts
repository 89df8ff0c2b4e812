// What the figures of the learn pages show, beside the claims.
import { expect, test } from "vitest";
import { strings } from "../../../site/learn/strings.js";
import { axisRatesAt } from "../../../site/playground/race/measures.js";
import { lookAhead } from "../../../site/playground/race/overlays.js";
import { Race } from "../../../site/playground/race/race.js";
import { expectNumbers, figure } from "./pages.js";

test("the ring of NAG is clear of its point at first", () => {
  const race = new Race(figure("nesterov"));
  const lane = race.lanes[1];
  const [x, y] = lookAhead(lane, race.surface) ?? [Number.NaN, Number.NaN];
  const moved = Math.hypot(x - lane.points[2 * race.t], y - lane.points[2 * race.t + 1]);
  const [x0, x1] = race.surface.bounds;
  // Point and ring have a radius of 5 pixels each, the map 340 to 720 of width.
  expect((340 * moved) / (x1 - x0)).toBeGreaterThan(5);
  expect((720 * moved) / (x1 - x0)).toBeGreaterThan(12);
  race.dispose();
});

test("the rates beside AdaGrad's map are those of the text, and fall", () => {
  const race = new Race(figure("adagrad"));
  race.to(100);
  const [descent, adagrad] = race.lanes;
  const [first, later, last] = [1, 20, 100].map((t) => axisRatesAt(adagrad, t));
  expectNumbers("adagrad", first[0].toFixed(0), first[1].toFixed(3), last[1].toFixed(3));
  expect(later[0]).toBeLessThan(first[0] / 2);
  expect(last[1]).toBeLessThan(first[1] / 2);
  // Along x it has arrived: what is left of a step is rounding.
  expect(last[0]).toBeNaN();
  for (const rate of axisRatesAt(descent, 10)) expect(rate).toBeCloseTo(0.1, 5);
  race.dispose();
});

test("the figure of the falling rate has a name for each racer, which the text uses", () => {
  const state = figure("decay");
  const names = state.settings.get("names")?.split(",") ?? [];
  expect(names).toEqual(state.racers.map(({ options }) => (options.schedule === undefined ? "constant" : "falling")));
  for (const locale of ["en", "ko"] as const) expect(Object.keys(strings[locale].racers)).toEqual(names);
});
