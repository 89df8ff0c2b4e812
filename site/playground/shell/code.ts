// The race as a program that runs in Node, with the numbers of the picture.
import { ruleOf } from "../options.js";
import { batchSize, observePeriod, optionsOf, rateOf, seedOf } from "../racers.js";
import { readSchedule, scheduleKinds } from "../schedules.js";
import type { RacerSetup, State } from "../state.js";
import { type Surface, surfaceOf } from "../surfaces.js";
import { curvatureProgram } from "./curvatures.js";
import { gradientProgram } from "./gradients.js";

type RaceState = Pick<State, "surface" | "start" | "racers" | "tuned" | "settings" | "step">;

/** A value as JavaScript: numbers, booleans, texts, and plain objects of them. */
function literal(value: unknown): string {
  if (typeof value !== "object" || value === null)
    return Object.is(value, -0) ? "-0" : typeof value === "string" ? JSON.stringify(value) : String(value);
  const entries = Object.entries(value).map(([name, part]) => `${name}: ${literal(part)}`);
  return `{ ${entries.join(", ")} }`;
}

/** The call of the library that makes a schedule, and the function that it calls. */
function scheduleCall(text: string, lr: number): { readonly code: string; readonly name: string } | undefined {
  const read = readSchedule(text);
  if (!read) return undefined;
  const kind = scheduleKinds[read.kind];
  const suffix = "suffix" in kind ? kind.suffix : "";
  return { code: `${kind.name}(${literal(lr)}, ${literal(read.numbers)})${suffix}`, name: kind.name };
}

interface Program {
  readonly imports: ReadonlySet<string>;
  readonly lines: readonly string[];
}

/** The racer's options as code. */
function optionsCode(setup: RacerSetup, surface: Surface, state: RaceState, imports: Set<string>): string {
  const { schedule: text } = setup.options;
  const schedule = text === undefined ? undefined : scheduleCall(String(text), rateOf(setup, surface, state));
  const options = optionsOf(setup, surface, state);
  if (schedule) imports.add(schedule.name);
  const entries = Object.entries(options).map(
    ([name, value]) => `${name}: ${name === "lr" && schedule ? schedule.code : literal(value)}`,
  );
  return `{ ${entries.join(", ")} }`;
}

function racerProgram(setup: RacerSetup, surface: Surface, state: RaceState): Program {
  const { rule, options } = setup;
  const { spec } = ruleOf(rule);
  const imports = new Set([rule, "NonFiniteError"]);
  const values = `Float32Array.of(${state.start.map(literal).join(", ")})`;
  const parameter = rule === "muon" ? `{ shape: [1, 2], values: ${values} }` : values;
  const code = optionsCode(setup, surface, state, imports);
  const { examples = 1 } = surface;
  const size = batchSize(surface, state.settings);
  const drawn = surface.batchGradient !== undefined && size < examples;
  if (drawn) imports.add("batches");
  const fill = `gradient(point[0], point[1], g${drawn ? ", batch" : ""});`;
  const body: string[] = [];
  if (spec.evaluate) body.push("opt.train();");
  if (drawn) body.push("const batch = draw();");
  if (spec.observe)
    body.push(`if (opt.t % ${observePeriod} === 0) {`, "  curvature(point[0], point[1], g);", "  opt.observe();", "}");
  if (options.sam !== undefined) body.push(fill);
  if (options.sam !== undefined || (options.twoPhase === true && spec.twoPhase)) body.push("opt.shift();");
  body.push(fill, "opt.step();");
  if (spec.evaluate) body.push("opt.eval();");
  const draw = drawn
    ? [
        "  let [epoch, rest] = [0, []];",
        "  const draw = () => {",
        `    if (rest.length === 0) rest = [...batches(${examples}, { size: ${size}, seed: ${seedOf(state.settings)}, epoch: epoch++ })];`,
        "    return rest.shift();",
        "  };",
      ]
    : [];
  const lines = [
    "{",
    `  const opt = ${rule}({ point: ${parameter} }, ${code});`,
    "  const { point } = opt.params;",
    "  const { point: g } = opt.grads;",
    ...draw,
    "  try {",
    "    for (let t = 0; t < steps; t++) {",
    ...body.map((line) => `      ${line}`),
    "    }",
    "  } catch (error) {",
    "    if (!(error instanceof NonFiniteError)) throw error; // it has diverged",
    ...(options.sam !== undefined || options.twoPhase === true ? ["    opt.unshift();"] : []),
    ...(spec.evaluate ? ["    opt.eval();"] : []),
    "  }",
    `  console.log(${JSON.stringify(rule)}, point[0], point[1]);`,
    "}",
  ];
  return { imports, lines };
}

/** A program that prints each racer's rule and point at the shown step. */
export function programOf(state: RaceState): string {
  const surface = surfaceOf(state.surface, state.settings);
  const programs = state.racers.map((setup) => racerProgram(setup, surface, state));
  const imports = [...new Set(programs.flatMap((program) => [...program.imports]))].sort();
  const observes = state.racers.some(({ rule }) => ruleOf(rule).spec.observe !== undefined);
  return [
    `import { ${imports.join(", ")} } from "simdescent";`,
    "",
    gradientProgram(state.surface, state.settings),
    ...(observes ? [curvatureProgram(state.surface)] : []),
    "",
    `const steps = ${state.step};`,
    ...programs.flatMap(({ lines }) => lines),
    "",
  ].join("\n");
}
