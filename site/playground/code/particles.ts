// A rule from many starts as a program: the layout of particles.ts, so that numbers and time are those of the picture.
import { ruleOf } from "../options.js";
import type { LayoutKind } from "../particles/layout.js";
import { farthest, Reach } from "../particles/reach.js";
import { optionsOf, rateOf } from "../racers.js";
import type { RacerSetup, State } from "../state.js";
import type { Surface } from "../surfaces.js";
import { curvatureProgram } from "./curvatures.js";
import { drawPart, entries, indent, literal, type Part, rateCode, stepLines } from "./rules.js";
import { gradientProgram } from "./surfaces.js";

/** How many particles an optimizer has, and how they are its parameters. */
const parameters: { readonly [kind in LayoutKind]: (shape: string) => string } = {
  elements: () => "{ points: starts }",
  tensors: (shape) =>
    `Object.fromEntries(Array.from({ length: starts.length / 2 }, (_, i) => [\`p\${i}\`, { shape: ${shape}, values: starts.subarray(2 * i, 2 * i + 2) }]))`,
  optimizers: (shape) => `{ point: { shape: ${shape}, values: starts } }`,
};

/** Functions of the surface that all rules share: gradient, minima, and where a point is. */
export function placesProgram(state: Pick<State, "surface" | "settings" | "racers">, surface: Surface): string[] {
  const [x0, x1, y0, y1] = surface.bounds;
  const far = farthest * Math.max(x1 - x0, y1 - y0);
  const { radius } = new Reach(surface);
  const square = radius * radius;
  const observes = state.racers.some(({ rule }) => ruleOf(rule).spec.observe !== undefined);
  return [
    gradientProgram(state.surface, state.settings),
    ...(observes ? [curvatureProgram(state.surface)] : []),
    "",
    `const minima = ${literal(surface.minima)};`,
    `const bounds = ${literal(surface.bounds)};`,
    "// The index of the minimum that a point has reached; -1 if none.",
    "const reached = (x, y) =>",
    `  minima.findIndex(([u, v]) => (x - u) * (x - u) + (y - v) * (y - v) <= ${literal(square)});`,
    "// Whether a point is far away, or not finite.",
    "const isFar = (x, y) =>",
    `  !(Math.abs(x - ${literal((x0 + x1) / 2)}) <= ${literal(far)} && Math.abs(y - ${literal((y0 + y1) / 2)}) <= ${literal(far)});`,
  ];
}

/**
 * A function of this name that runs the rule from starts, x and y in turns, and calls `after(t, points)` after 0, 1, 2 … steps. It returns
 * the points, and which have met a gradient that is not finite.
 */
export function particlesPart(
  name: string,
  setup: RacerSetup,
  surface: Surface,
  state: Pick<State, "surface" | "settings">,
  kind: LayoutKind,
): Part {
  const plain = { tuned: false, start: surface.start, settings: state.settings };
  const { lr: _, ...options } = optionsOf(setup, surface, plain);
  const rate = rateCode(setup, literal(rateOf(setup, surface, plain)));
  const draw = drawPart(surface, state);
  const step = stepLines(setup, surface, state, {
    gradient: (batch) => `each(gradient${batch});`,
    curvature: "each(curvature);",
  });
  const shape = setup.rule === "muon" ? "[1, 2]" : "[2]";
  const given = entries(options);
  const lines = [
    `function ${name}(starts, steps, after = () => {}) {`,
    `  const opt = ${setup.rule}(${parameters[kind](shape)}, { memory, lr: ${rate.code}${given && `, ${given}`} });`,
    "  const [params, grads] = [Object.values(opt.params), Object.values(opt.grads)];",
    "  const points = new Float32Array(starts.length);",
    "  const lost = new Uint8Array(starts.length / 2);",
    "  const pair = new Float32Array(2);",
    "  // Writes what `of` computes at each point. A particle without a finite gradient is lost.",
    "  function each(of, batch) {",
    "    for (let k = 0, first = 0; k < params.length; first += params[k++].length) {",
    "      for (let i = 0; i < params[k].length; i += 2) {",
    "        of(params[k][i], params[k][i + 1], pair, batch);",
    "        const finite = Math.abs(pair[0]) + Math.abs(pair[1]) < Infinity;",
    "        if (!finite) lost[(first + i) / 2] = 1;",
    "        grads[k].set(finite ? pair : [0, 0], i);",
    "      }",
    "    }",
    "  }",
    "  function tell(t) {",
    "    for (let k = 0, first = 0; k < params.length; first += params[k++].length) points.set(params[k], first);",
    "    after(t, points);",
    "  }",
    ...indent(draw.lines),
    "  tell(0);",
    "  for (let t = 1; t <= steps; t++) {",
    ...indent(step, "    "),
    "    tell(t);",
    "  }",
    "  opt.dispose();",
    "  return { points, lost };",
    "}",
  ];
  return { imports: ["arena", setup.rule, ...rate.imports, ...draw.imports], lines };
}

/** The code of a list of starts, cut into those of one optimizer each. */
export const groupSize: { readonly [kind in LayoutKind]: string } = {
  elements: "starts.length",
  tensors: "starts.length",
  optimizers: "2",
};
