// The race as a program that runs in Node, with the numbers of the picture.
import { curvatureProgram } from "../code/curvatures.js";
import { drawPart, indent, literal, type Part, program, rateCode, stepLines } from "../code/rules.js";
import { gradientProgram } from "../code/surfaces.js";
import { ruleOf } from "../options.js";
import { optionsOf, rateOf } from "../racers.js";
import type { RacerSetup, State } from "../state.js";
import { type Surface, surfaceOf } from "../surfaces.js";

type RaceState = Pick<State, "surface" | "start" | "racers" | "tuned" | "settings" | "step">;

function racerPart(setup: RacerSetup, surface: Surface, state: RaceState): Part {
  const { rule, options } = setup;
  const { evaluate } = ruleOf(rule).spec;
  const values = `Float32Array.of(${state.start.map(literal).join(", ")})`;
  const parameter = rule === "muon" ? `{ shape: [1, 2], values: ${values} }` : values;
  const rate = rateCode(setup, literal(rateOf(setup, surface, state)));
  const entries = Object.entries(optionsOf(setup, surface, state)).map(
    ([name, value]) => `${name}: ${name === "lr" ? rate.code : literal(value)}`,
  );
  const draw = drawPart(surface, state);
  const step = stepLines(setup, surface, state, {
    gradient: (batch) => `gradient(point[0], point[1], g${batch});`,
    curvature: "curvature(point[0], point[1], g);",
  });
  const lines = [
    "{",
    `  const opt = ${rule}({ point: ${parameter} }, { ${entries.join(", ")} });`,
    "  const { point } = opt.params;",
    "  const { point: g } = opt.grads;",
    ...indent(draw.lines),
    "  try {",
    "    for (let t = 0; t < steps; t++) {",
    ...indent(step, "      "),
    "    }",
    "  } catch (error) {",
    "    if (!(error instanceof NonFiniteError)) throw error; // it has diverged",
    ...(options.sam !== undefined || options.twoPhase === true ? ["    opt.unshift();"] : []),
    ...(evaluate ? ["    opt.eval();"] : []),
    "  }",
    `  console.log(${JSON.stringify(rule)}, point[0], point[1]);`,
    "}",
  ];
  return { imports: [rule, "NonFiniteError", ...rate.imports, ...draw.imports], lines };
}

/** A program that prints each racer's rule and point at the shown step. */
export function programOf(state: RaceState): string {
  const surface = surfaceOf(state.surface, state.settings);
  const parts = state.racers.map((setup) => racerPart(setup, surface, state));
  const observes = state.racers.some(({ rule }) => ruleOf(rule).spec.observe !== undefined);
  return program(
    parts.flatMap(({ imports }) => imports),
    gradientProgram(state.surface, state.settings),
    ...(observes ? [curvatureProgram(state.surface)] : []),
    "",
    `const steps = ${state.step};`,
    ...parts.flatMap(({ lines }) => lines),
  );
}
