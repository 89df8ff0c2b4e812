// A swarm and its shares.
import { expect, test } from "vitest";
import { nowhere, Reach } from "../../../site/playground/particles/reach.js";
import { parse } from "../../../site/playground/state.js";
import { History } from "../../../site/playground/swarm/history.js";
import { notesOf } from "../../../site/playground/swarm/notes.js";
import { Swarm } from "../../../site/playground/swarm/swarm.js";

const state = parse("on=himmelblau&r=momentum&r=lamb&r=dog&r=adam,clipNorm:1&tuned=1");

function run(steps: number, count: number): { swarm: Swarm; history: History } {
  const swarm = new Swarm(state, count);
  const history = new History();
  history.add(swarm);
  for (let t = 0; t < steps; t++) {
    swarm.step();
    history.add(swarm);
  }
  return { swarm, history };
}

test("shares are those of the points", () => {
  const { swarm } = run(60, 300);
  const reach = new Reach(swarm.surface);
  for (const lane of swarm.lanes) {
    const points = lane.particles?.points ?? new Float32Array();
    const found = Array.from({ length: lane.count }, (_, i) => reach.find(points[2 * i], points[2 * i + 1]));
    const { at } = swarm.shares(lane);
    expect(at).toEqual(at.map((_, minimum) => found.filter((where) => where === minimum).length / lane.count));
    expect(swarm.arrived(lane)).toBeCloseTo(found.filter((where) => where !== nowhere).length / lane.count, 12);
  }
  expect(swarm.arrived(swarm.lanes[0])).toBeGreaterThan(0.3);
  swarm.dispose();
});

test("a swarm with more particles has those of the smaller one, and a second run has the bits of the first", () => {
  const [few, many, again] = [run(40, 100), run(40, 300), run(40, 100)].map(({ swarm }) => swarm);
  for (const [i, { particles, count }] of few.lanes.entries()) {
    expect(many.lanes[i].particles?.points.subarray(0, 2 * count)).toEqual(particles?.points);
    expect(again.lanes[i].particles?.points).toEqual(particles?.points);
  }
  for (const swarm of [few, many, again]) swarm.dispose();
});

test("the steps of the history do not depend on when it was shown", () => {
  const { swarm, history } = run(304, 20);
  const kept = [...history.steps];
  const shown = new Swarm(state, 20);
  const other = new History();
  other.add(shown);
  for (let t = 0; t < 304; t++) {
    shown.step();
    other.add(shown);
    if (t % 7 === 0) other.end(shown);
  }
  expect(other.steps).toEqual(kept);
  expect(other.shares).toEqual(history.shares);
  expect(kept.slice(0, 33)).toEqual(Array.from({ length: 33 }, (_, i) => i));
  expect(kept.length).toBeLessThan(120);
  swarm.dispose();
  shown.dispose();
});

test("each rule's number of particles is said, with the reason where it is lower, and errors of the library", () => {
  const swarm = new Swarm(parse("on=bowl&r=sgd&r=muon&r=prodigy&r=adam,clipNorm:1"), 20_000);
  for (const locale of ["en", "ko"] as const) {
    const notes = notesOf(swarm, ["sgd", "muon", "prodigy", "adam"], locale);
    expect(notes).toHaveLength(4);
    expect(notes[0]).toContain("20,000");
    expect(notes[1]).toContain("10,000");
    expect(notes[2]).toContain("1,000");
    expect(notes[3]).toContain("clipNorm");
  }
  swarm.dispose();
  const broken = { ...parse("on=bowl"), racers: [{ rule: "adam", options: { beta1: 2 } }] };
  const wrong = new Swarm(broken, 10);
  wrong.step();
  expect(notesOf(wrong, ["adam"], "en")[0]).toContain("beta1 expected in [0,1), got 2");
});
