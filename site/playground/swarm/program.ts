// The swarm as a program that runs in Node: where the particles of each rule are at the shown step.
import { groupSize, particlesPart, placesProgram } from "../code/particles.js";
import { literal, program } from "../code/rules.js";
import { layoutOf, mostParticles } from "../particles/layout.js";
import { withRate } from "../particles/particles.js";
import type { State } from "../state.js";
import { surfaceOf } from "../surfaces.js";
import { countOf } from "./pace.js";

const shared = `
const memory = arena();
// Starts spread evenly over the picture. More particles keep the starts of the first.
function spread(count) {
  const root = 1.324717957244746;
  const [x0, x1, y0, y1] = bounds;
  const points = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    const [u, v] = [0.5 + i * (1 / root), 0.5 + i * (1 / (root * root))];
    points[2 * i] = x0 + (x1 - x0) * (u - Math.floor(u));
    points[2 * i + 1] = y0 + (y1 - y0) * (v - Math.floor(v));
  }
  return points;
}
// Prints how many particles are at each minimum, and how many are lost.
function show(name, run, starts, size) {
  const at = minima.map(() => 0);
  let lostCount = 0;
  for (let from = 0; from < starts.length; from += size) {
    const { points, lost } = run(starts.subarray(from, from + size), steps);
    for (let i = 0; i < lost.length; i++) {
      const [x, y] = [points[2 * i], points[2 * i + 1]];
      if (lost[i] || isFar(x, y)) lostCount += 1;
      else if (reached(x, y) >= 0) at[reached(x, y)] += 1;
    }
  }
  console.log(name, starts.length / 2, "particles; at the minima", at.join(" "), "lost", lostCount);
}
`;

/** A program that prints for each rule how many particles are at each minimum, and how many are lost. */
export function programOf(state: Readonly<State>): string {
  const surface = surfaceOf(state.surface, state.settings);
  const rules = state.racers.map((racer, i) => {
    const { kind } = layoutOf(racer);
    const name = `run${i + 1}`;
    const count = Math.min(countOf(state), mostParticles[kind]);
    const part = particlesPart(name, withRate(racer, surface, state), surface, state, kind);
    const call = [
      `const starts${i + 1} = spread(${count});`,
      `show(${literal(racer.rule)}, ${name}, starts${i + 1}, ${groupSize[kind].replace("starts", `starts${i + 1}`)});`,
    ];
    return { part, call };
  });
  return program(
    rules.flatMap(({ part }) => part.imports),
    ...placesProgram(state, surface),
    `const steps = ${state.step};`,
    shared,
    ...rules.flatMap(({ part, call }) => [...part.lines, ...call]),
  );
}
