// What a misspelt name was meant to be.

import { describe, expect, test } from "vitest";
import { closest } from "../../src/checks/suggest.js";
import * as simdescent from "../../src/index.js";
import { adam, batches, fit, lbfgs, minimize, reduceOnPlateau, rmsprop, rules, sgd } from "../../src/index.js";

const bowl = ([x = 0]: Float32Array, g: Float32Array) => {
  g[0] = 2 * x;
  return x * x;
};

const gradient = () => 1;

async function failure(call: () => unknown): Promise<Error> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  return expect.fail("nothing was thrown");
}

describe("names that other libraries have", () => {
  test.each<[Record<string, unknown>, keyof typeof rules, string]>([
    [{ learningRate: 1 }, "adam", "lr"],
    [{ learning_rate: 1 }, "sgd", "lr"],
    [{ stepSize: 1 }, "sgd", "lr"],
    [{ LR: 1 }, "sgd", "lr"],
    [{ epsilon: 1 }, "adam", "eps"],
    [{ betas: [0.9, 0.999] }, "adam", "beta1 and beta2"],
    [{ betas: [0.9, 0.92, 0.99] }, "adan", "beta1 and beta2 and beta3"],
    [{ beta_1: 1 }, "adam", "beta1"],
    [{ beta_2: 1 }, "adam", "beta2"],
    [{ alpha: 1 }, "sgd", "lr"],
    [{ alpha: 1 }, "rmsprop", "rho"],
    [{ weight_decay: 1 }, "adamw", "weightDecay"],
    [{ wd: 1 }, "adamw", "weightDecay"],
    [{ initialAccumulatorValue: 1 }, "adagrad", "initialAccumulator"],
    [{ momentum: 0.9 }, "adam", "beta1"],
    [{ momentum: 0.9 }, "sgd", "the rule momentum"],
    [{ nesterov: true }, "momentum", "the rule nesterov"],
    [{ amsgrad: true }, "adam", "the rule amsgrad"],
    [{ clipnorm: 1 }, "adam", "clipNorm"],
    // Slips of the finger.
    [{ wieghtDecay: 1 }, "adam", "weightDecay"],
    [{ bata1: 1 }, "adam", "beta1"],
    [{ momentun: 1 }, "rmsprop", "momentum"],
    [{ group: [] }, "adam", "groups"],
    [{ zerograds: true }, "adam", "zeroGrad"],
  ])("%o of %s", (options, name, meant) => {
    const [given] = Object.keys(options);
    const rule = rules[name] as (parameters: object, options: object) => unknown;
    const hint = `unknown option "${given}"; did you mean ${meant}? The options are lr, `;
    expect(() => rule({ w: 1 }, options)).toThrow(`${name}: ${hint}`);
    expect(() => rule({ w: 1 }, { groups: [options] })).toThrow(/groups\[0\]: (unknown|match)/);
  });

  test.each<[string, () => unknown, string]>([
    ["fit", () => fit(sgd({ w: 1 }), { batchSize: 1 } as never), "batch"],
    ["fit", () => fit(sgd({ w: 1 }), { callbacks: 1 } as never), "onEpoch"],
    ["batches", () => batches(3, { batch_size: 1 } as never), "size"],
    ["minimize", () => minimize(bowl, [1], { maxiter: 1 } as never), "steps"],
    ["minimize", () => minimize(bowl, [1], { gtol: 1 } as never), "gradientTolerance"],
    ["minimize", () => minimize(bowl, [1], { method: "BFGS" } as never), "optimizer"],
    ["lbfgs", () => lbfgs({ w: 1 }, { max_iter: 1 } as never), "iterations"],
    ["lbfgs", () => lbfgs({ w: 1 }, { tolerance_change: 1 } as never), "changeTolerance"],
    ["cosineDecay", () => simdescent.cosineDecay(1, { T_max: 3 } as never), "steps"],
    ["cosineDecay", () => simdescent.cosineDecay(1, { steps: 3, eta_min: 0 } as never), "end"],
    ["cosineRestarts", () => simdescent.cosineRestarts(1, { T_mult: 3 } as never), "stretch"],
    ["stepDecay", () => simdescent.stepDecay(1, { step_size: 3 } as never), "every"],
    ["stepDecay", () => simdescent.stepDecay(1, { every: 3, gamma: 0.1 } as never), "factor"],
    ["oneCycle", () => simdescent.oneCycle(1, { total_steps: 3 } as never), "steps"],
    ["oneCycle", () => simdescent.oneCycle(1, { steps: 3, pct_start: 0.1 } as never), "pctStart"],
    ["cyclic", () => simdescent.cyclic(1, { max_lr: 3 } as never), "peak"],
    ["reduceOnPlateau", () => reduceOnPlateau(1, { min_lr: 1 } as never), "min"],
    ["earlyStopping", () => simdescent.earlyStopping({ min_delta: 1 } as never), "minDelta"],
    ["adam: lookahead", () => adam({ w: 1 }, { lookahead: { k: 5 } as never }), "every"],
    ["sharpness", () => simdescent.sharpness(sgd({ w: 1 }), gradient, { rho: 1 } as never), "radius"],
  ])("of %s, %s", async (where, call, meant) => {
    expect((await failure(call)).message).toMatch(
      new RegExp(`^${where}: unknown option "\\w+"; did you mean ${meant}\\? The options`),
    );
  });

  test("a number for the kind of decay", () => {
    expect(() => rmsprop({ w: 1 }, { decay: 0.95 as never })).toThrow("rmsprop: decay (did you mean rho?) expected one of l2, ");
    expect(() => sgd({ w: 1 }, { decay: 0.01 as never })).toThrow("sgd: decay (did you mean weightDecay?) expected one of");
  });

  test("names without a similar option get no advice", () => {
    for (const name of ["sigma", "verbose", "device", "x".repeat(1e6), "", "z", "__proto__", "constructor"])
      expect(closest(name, ["lr", "beta1", "beta2", "eps", "weightDecay"])).toBe(undefined);
  });
});
