import { expect, test } from "vitest";
import { inspect, type Optimizer, save } from "../../src/index.js";
import { allRules, ruleNamed } from "../support/configurations.js";
import { partsOf } from "../support/rewriting.js";
import { make, run } from "../support/runs.js";

const of = { matrix: [5, 9], vector: [7], cube: [3, 4, 5] };

/** The tensors of a file with their shapes, for one parameter. */
function tensorsOf(name: string, options: object, parameter: string): Record<string, string> {
  const { tensors } = inspect(save(run(make(ruleNamed(name), options, of), 2) as Optimizer));
  const prefix = `optim.state.${parameter}.`;
  const own = [...tensors].filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, { shape }]) => [name.slice(prefix.length), shape.join("×")]));
}

// PyTorch 2.15: get_optimizer_state_dict with flattened names, after one step. SGD and Muon have no step; SGD ignores ours.
const torch: [rule: string, options: object, parameter: string, tensors: Record<string, string>][] = [
  ["sgd", {}, "cube", { step: "" }],
  ["momentum", {}, "cube", { momentum_buffer: "3×4×5", step: "" }],
  ["adam", {}, "cube", { exp_avg: "3×4×5", exp_avg_sq: "3×4×5", step: "" }],
  ["amsgrad", {}, "cube", { exp_avg: "3×4×5", exp_avg_sq: "3×4×5", max_exp_avg_sq: "3×4×5", step: "" }],
  ["adamax", {}, "cube", { exp_avg: "3×4×5", exp_inf: "3×4×5", step: "" }],
  ["nadam", {}, "cube", { exp_avg: "3×4×5", exp_avg_sq: "3×4×5", mu_product: "", step: "" }],
  ["adagrad", {}, "cube", { sum: "3×4×5", step: "" }],
  ["adadelta", {}, "cube", { square_avg: "3×4×5", acc_delta: "3×4×5", step: "" }],
  ["rmsprop", {}, "cube", { square_avg: "3×4×5", step: "" }],
  [
    "rmsprop",
    { centered: true, momentum: 0.9 },
    "cube",
    { square_avg: "3×4×5", momentum_buffer: "3×4×5", grad_avg: "3×4×5", step: "" },
  ],
  ["rprop", {}, "cube", { prev: "3×4×5", step_size: "3×4×5", step: "" }],
  ["asgd", {}, "cube", { ax: "3×4×5", eta: "", mu: "", step: "" }],
  ["adafactor", {}, "matrix", { row_var: "5×1", col_var: "1×9", step: "" }],
  ["adafactor", {}, "cube", { row_var: "3×4×1", col_var: "3×1×5", step: "" }],
  ["adafactor", {}, "vector", { variance: "7", step: "" }],
  ["muon", {}, "matrix", { momentum_buffer: "5×9", step: "" }],
  ["muon", {}, "vector", { exp_avg: "7", exp_avg_sq: "7", step: "" }],
];

test.each(torch)("%s %j has PyTorch's tensors for %s", (name, options, parameter, tensors) => {
  expect(tensorsOf(name, options, parameter)).toEqual(tensors);
});

test("every rule has all of its state in the file, once", () => {
  for (const rule of allRules) {
    const opt = run(make(rule, { ema: true, lookahead: true }, of), 2) as Optimizer;
    const { tensors } = partsOf(save(opt));
    const views = [opt.params, ...Object.values(opt.state), opt.average, opt.slow].flatMap((views) => Object.values(views ?? {}));
    const floats = views.reduce((sum: number, array) => sum + (array as Float32Array).length, 0);
    const scalars = tensors.filter(({ name, shape }) => name.startsWith("optim.state.") && shape.length === 0).length;
    expect(tensors.reduce((sum, { bytes }) => sum + bytes.length / 4, 0) - scalars, rule.spec.name).toBe(floats);
  }
});

test("the numbers of a group are in the metadata by name", () => {
  const opt = run(
    make(ruleNamed("scheduleFreeAdamw"), { groups: [{ match: ["vector"], frozen: true }], ema: true }, of),
    3,
  ) as Optimizer;
  const { progress } = JSON.parse(inspect(save(opt)).metadata.get("simdescent") as string);
  const scheduled = {};
  expect(progress.groups).toEqual([
    { names: ["matrix", "cube"], steps: 3, averaged: 3, carry: { ...opt.carry }, scheduled },
    { names: ["vector"], steps: 0, averaged: 0, carry: { ...opt.groups[0]?.carry }, scheduled },
  ]);
});
