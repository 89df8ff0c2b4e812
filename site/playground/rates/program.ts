// The map of rates as a program that runs in Node: the lowest loss of each rate.
import { placesProgram } from "../code/particles.js";
import { drawPart, entries, indent, literal, program, rateCode, stepLines } from "../code/rules.js";
import { valueProgram } from "../code/surfaces.js";
import { optionsOf } from "../racers.js";
import type { State } from "../state.js";
import { rateAxis } from "./axes.js";
import { shownBy } from "./shown.js";

/** A program that prints what the table below the map says: for each rate the lowest loss, and the value of the other option. */
export function programOf(state: Readonly<State>): string {
  const { setup, surface, other, budget } = shownBy(state);
  const { rule, options } = setup;
  const { lr: _, [other.name]: __, ...rest } = optionsOf(setup, surface, state);
  const rate = rateCode(setup, "lr");
  const draw = drawPart(surface, state);
  const given = entries(rest);
  const values = `Float32Array.of(${state.start.map(literal).join(", ")})`;
  const shape = rule === "muon" ? "[1, 2]" : "[2]";
  const step = stepLines(setup, surface, state, {
    gradient: (batch) => `gradient(point[0], point[1], g${batch});`,
    curvature: "curvature(point[0], point[1], g);",
  });
  return program(
    ["arena", "NonFiniteError", rule, ...rate.imports, ...draw.imports],
    ...placesProgram({ ...state, racers: [setup] }, surface),
    valueProgram(state.surface),
    "",
    `const steps = ${budget};`,
    "const memory = arena();",
    "// The loss after all steps: infinity if the point is lost, undefined if the library refuses the options.",
    "function lossAt(lr, other) {",
    "  let opt;",
    "  try {",
    `    const point = { shape: ${shape}, values: ${values} };`,
    `    opt = ${rule}({ point }, { memory, lr: ${rate.code}, ${other.name}: other${given && `, ${given}`} });`,
    "  } catch {",
    "    return undefined;",
    "  }",
    "  const { point } = opt.params;",
    "  const { point: g } = opt.grads;",
    ...indent(draw.lines),
    "  let loss = Infinity;",
    "  try {",
    "    for (let t = 0; t < steps; t++) {",
    ...indent(step, "      "),
    "    }",
    "    if (!isFar(point[0], point[1])) loss = value(point[0], point[1]);",
    "  } catch (error) {",
    "    if (!(error instanceof NonFiniteError)) throw error; // it has diverged",
    ...(options.sam !== undefined || options.twoPhase === true ? ["    opt.unshift();"] : []),
    "  }",
    "  opt.dispose();",
    "  return loss;",
    "}",
    `for (const lr of ${literal(rateAxis.values)}) {`,
    "  let best;",
    `  for (const other of ${literal(other.values)}) {`,
    "    const loss = lossAt(lr, other);",
    "    if (loss < (best?.loss ?? Infinity)) best = { loss, other };",
    "  }",
    "  console.log(lr, best?.loss, best?.other);",
    "}",
  );
}
