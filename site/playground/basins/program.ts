// The pictures of basins as a program that runs in Node: how many starts reach each minimum, and in how many steps.
import { groupSize, particlesPart, placesProgram } from "../code/particles.js";
import { literal, program } from "../code/rules.js";
import { layoutOfRaces } from "../particles/layout.js";
import type { State } from "../state.js";
import { finest } from "./field.js";
import { gridOf } from "./passes.js";
import { shownBy, size } from "./shown.js";

const shared = `
const memory = arena();
// The centers of cells, with as many digits as a link has.
function grid(columns, rows, stride) {
  const [x0, x1, y0, y1] = bounds;
  const digits = Math.max(0, 3 - Math.floor(Math.log10(x1 - x0)));
  const starts = [];
  for (let row = 0; row < rows; row += stride) {
    for (let column = 0; column < columns; column += stride) {
      const x = x0 + ((x1 - x0) * (column + 0.5)) / columns;
      const y = y0 + ((y1 - y0) * (row + 0.5)) / rows;
      starts.push(Number(x.toFixed(digits)), Number(y.toFixed(digits)));
    }
  }
  return Float32Array.from(starts);
}
// Prints for each minimum how many starts reached it, and the median of their steps; then how many are unfinished, and how many lost.
function show(name, run, starts, size) {
  const groups = minima.map(() => []);
  let [unfinished, lostCount] = [0, 0];
  for (let from = 0; from < starts.length; from += size) {
    const own = starts.subarray(from, from + size);
    const where = new Int16Array(own.length / 2).fill(-1);
    const since = new Uint16Array(own.length / 2);
    const { points, lost } = run(own, steps, (t, points) => {
      for (let i = 0; i < where.length; i++) {
        const found = reached(points[2 * i], points[2 * i + 1]);
        if (found !== where[i]) [where[i], since[i]] = [found, t];
      }
    });
    for (let i = 0; i < where.length; i++) {
      if (lost[i] || isFar(points[2 * i], points[2 * i + 1])) lostCount += 1;
      else if (where[i] < 0) unfinished += 1;
      else groups[where[i]].push(since[i]);
    }
  }
  const counts = groups.map((all) => \`\${all.length} (\${all.sort((a, b) => a - b)[all.length >> 1] ?? "-"})\`);
  console.log(name, "at the minima", counts.join(" "), "unfinished", unfinished, "lost", lostCount);
}
`;

/** A program that prints for each picture what the table below it says, in numbers of starts. */
export function programOf(state: Readonly<State>): string {
  const { surface, setups, budget } = shownBy(state);
  const pictures = setups.map((setup, i) => {
    const { kind } = layoutOfRaces(setup, surface);
    const { columns, rows } = gridOf(surface, size);
    const name = `run${i + 1}`;
    const starts = `starts${i + 1}`;
    const call = [
      `const ${starts} = grid(${columns}, ${rows}, ${finest[kind]});`,
      `show(${literal(setup.rule)}, ${name}, ${starts}, ${groupSize[kind].replace("starts", starts)});`,
    ];
    return { part: particlesPart(name, setup, surface, state, kind), call };
  });
  return program(
    pictures.flatMap(({ part }) => part.imports),
    ...placesProgram({ ...state, racers: [...setups] }, surface),
    `const steps = ${budget};`,
    shared,
    ...pictures.flatMap(({ part, call }) => [...part.lines, ...call]),
  );
}
