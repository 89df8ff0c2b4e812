// Parts of programs that a visitor copies: options of a rule, and one of its steps.
import { ruleOf } from "../options.js";
import { batchSize, observePeriod, seedOf } from "../racers.js";
import { readSchedule, scheduleKinds } from "../schedules.js";
import type { RacerSetup, State } from "../state.js";
import type { Surface } from "../surfaces.js";

/** Lines of a program, and what it imports from the library. */
export interface Part {
  readonly imports: readonly string[];
  readonly lines: readonly string[];
}

/** A value as JavaScript: numbers, booleans, texts, lists, and plain objects of them. */
export function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null)
    return Object.is(value, -0) ? "-0" : typeof value === "string" ? JSON.stringify(value) : String(value);
  return `{ ${entries(value)} }`;
}

/** The entries of an object literal. */
export const entries = (values: object): string =>
  Object.entries(values)
    .map(([name, part]) => `${name}: ${literal(part)}`)
    .join(", ");

/** The rate of a racer as code: the code `lr`, or a schedule from there. */
export function rateCode({ options }: RacerSetup, lr: string): { readonly code: string; readonly imports: readonly string[] } {
  const read = options.schedule === undefined ? undefined : readSchedule(String(options.schedule));
  if (!read) return { code: lr, imports: [] };
  const kind = scheduleKinds[read.kind];
  const suffix = "suffix" in kind ? kind.suffix : "";
  return { code: `${kind.name}(${lr}, ${literal(read.numbers)})${suffix}`, imports: [kind.name] };
}

/** Whether a racer draws batches. */
const draws = (surface: Surface, { settings }: Pick<State, "settings">) =>
  surface.batchGradient !== undefined && batchSize(surface, settings) < (surface.examples ?? 1);

/** A function `draw` that returns the next batch; nothing for surfaces without batches. */
export function drawPart(surface: Surface, state: Pick<State, "settings">): Part {
  if (!draws(surface, state)) return { imports: [], lines: [] };
  const order = `{ size: ${batchSize(surface, state.settings)}, seed: ${seedOf(state.settings)}, epoch: epoch++ }`;
  return {
    imports: ["batches"],
    lines: [
      "let [epoch, rest] = [0, []];",
      "const draw = () => {",
      `  if (rest.length === 0) rest = [...batches(${surface.examples}, ${order})];`,
      "  return rest.shift();",
      "};",
    ],
  };
}

/** How the program fills the gradients. */
export interface Filling {
  /** The statement for the gradient; with `batch` for that of the drawn batch. */
  readonly gradient: (batch: string) => string;
  /** The statement for what a rule observes. */
  readonly curvature: string;
}

/** The statements of a step of `opt`. */
export function stepLines(
  { rule, options }: RacerSetup,
  surface: Surface,
  state: Pick<State, "settings">,
  filling: Filling,
): string[] {
  const { observe, evaluate, twoPhase } = ruleOf(rule).spec;
  const drawn = draws(surface, state);
  const fill = filling.gradient(drawn ? ", batch" : "");
  const sam = options.sam !== undefined;
  return [
    ...(evaluate ? ["opt.train();"] : []),
    ...(drawn ? ["const batch = draw();"] : []),
    ...(observe ? [`if (opt.t % ${observePeriod} === 0) {`, `  ${filling.curvature}`, "  opt.observe();", "}"] : []),
    ...(sam ? [fill] : []),
    ...(sam || (options.twoPhase === true && twoPhase) ? ["opt.shift();"] : []),
    fill,
    "opt.step();",
    ...(evaluate ? ["opt.eval();"] : []),
  ];
}

export const indent = (lines: readonly string[], by = "  "): string[] => lines.map((line) => by + line);

/** The whole program: the line of imports, then the parts. */
export const program = (imports: Iterable<string>, ...lines: readonly string[]): string =>
  [`import { ${[...new Set(imports)].sort().join(", ")} } from "simdescent";`, ...lines, ""].join("\n");
