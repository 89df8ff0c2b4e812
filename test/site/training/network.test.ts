// The networks of the views of training and of flat minima, against finite differences and against Math.

import { checkGradient, sgd } from "simdescent";
import { describe, expect, test } from "vitest";
import * as example from "../../../examples/digits/network.js";
import { divide, species, trained } from "../../../site/playground/flat/flowers.js";
import * as irises from "../../../site/playground/flat/network.js";
import * as digits from "../../../site/playground/training/network.js";
import { exponential, logarithm } from "../../../src/numerics/arithmetic.js";
import { fewDigits, fewImages } from "./data.js";

const upTo = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);

describe("the network for digits", () => {
  test("has the gradient of finite differences", () => {
    const { train } = fewImages(3, 1);
    const opt = sgd(digits.initialWeights(3));
    const batch = upTo(3);
    digits.addGradient(opt, train, batch);
    // Rows of pixels without ink in all three images have the gradient 0: the others are checked.
    const inked = new Set(train.rows);
    const step = 2 ** -12;
    // The evaluations below add to the gradients, so they are copied.
    for (const [name, expected] of Object.entries(opt.grads).map(([name, values]) => [name, values.slice()] as const)) {
      const params = opt.params[name as keyof digits.Weights];
      for (let i = 0; i < params.length; i++) {
        if (name === "pixelToHidden" && !inked.has(i - (i % digits.hiddenUnits))) {
          expect(expected[i]).toBe(0);
          continue;
        }
        const kept = params[i];
        params[i] = kept + step;
        const [above, right] = [params[i], digits.addGradient(opt, train, batch)];
        params[i] = kept - step;
        const [below, left] = [params[i], digits.addGradient(opt, train, batch)];
        params[i] = kept;
        expect(Math.abs((right - left) / (above - below) - expected[i]), `${name} ${i}`).toBeLessThan(1e-5);
      }
    }
  });

  test("gives the loss and the gradient of the example's network, which uses Math.exp and Math.log", () => {
    const images = fewDigits(50, 1).train;
    const batch = upTo(50);
    const opt = sgd(digits.initialWeights(1));
    const loss = digits.addGradient(opt, digits.inked(images), batch);
    const other = sgd(example.initialWeights(1));
    expect(Math.abs(loss - example.addGradient(other, images, batch))).toBeLessThan(1e-6);
    for (const name of Object.keys(opt.grads) as (keyof digits.Weights)[]) {
      expect(opt.params[name]).toEqual(other.params[name]);
      for (const [i, g] of opt.grads[name].entries()) expect(Math.abs(g - other.grads[name][i])).toBeLessThan(1e-6);
    }
  });

  test("the accuracy is the share of images that the example's network tells right", () => {
    const images = fewDigits(1, 200).test;
    const opt = sgd(digits.initialWeights(2));
    expect(digits.accuracy(opt.params, digits.inked(images))).toBe(example.accuracy(opt.params, images));
  });

  test("labels drawn from the predictions have the right shares", () => {
    const { train } = fewImages(1, 1);
    const opt = sgd(digits.initialWeights(1));
    const drawn = (number: number) => {
      opt.zeroGrad();
      digits.addGradient(opt, train, upTo(1), () => number);
      // The bias's gradient is the probability, minus 1 for the drawn digit.
      return opt.grads.digitBias.findIndex((g) => g < 0);
    };
    const counts = new Float64Array(digits.digits);
    const draws = 2000;
    for (let i = 0; i < draws; i++) counts[drawn((i + 0.5) / draws)] += 1;
    opt.zeroGrad();
    digits.addGradient(opt, train, upTo(1));
    const right = train.labels[0];
    for (const [digit, g] of opt.grads.digitBias.entries())
      expect(Math.abs(counts[digit] / draws - (digit === right ? g + 1 : g))).toBeLessThan(1 / draws);
  });
});

describe("the network for irises", () => {
  test("has the gradient of finite differences", () => {
    const { train } = divide(1);
    const { params } = sgd(irises.initialWeights(1));
    const check = checkGradient((params, grads) => irises.addGradient({ params, grads }, train, upTo(trained)), params);
    expect(check.ok, check.message).toBe(true);
  });

  test("the loss over all flowers is that of the gradient", () => {
    const { train } = divide(2);
    const opt = sgd(irises.initialWeights(2));
    expect(Math.abs(irises.lossOver(opt.params, train) - irises.addGradient(opt, train, upTo(trained)))).toBeLessThan(1e-14);
  });

  test("each flower is in one part, and the parts differ by seed", () => {
    const kinds = [divide(1), divide(2)].map(({ train, test }) => {
      expect([train.count, test.count]).toEqual([trained, 50]);
      const counts = new Array(species).fill(0);
      for (const kind of [...train.species, ...test.species]) counts[kind] += 1;
      expect(counts).toEqual([50, 50, 50]);
      return train.species.join("");
    });
    expect(kinds[0]).not.toBe(kinds[1]);
  });

  test("tanh is that of Math within 4.5e-16, and odd", () => {
    for (let x = -20; x <= 20; x += 0.01) {
      expect(Math.abs(irises.tanh(x) - Math.tanh(x))).toBeLessThan(4.5e-16);
      expect(irises.tanh(-x)).toBe(-irises.tanh(x));
    }
  });
});

test("the exponential and the logarithm of the networks are those of Math, within 1e-15; relatively within 1e-12", () => {
  for (let x = -700; x <= 0; x += 0.37) {
    expect(Math.abs(exponential(x) - Math.exp(x))).toBeLessThan(1e-15);
    expect(Math.abs(exponential(x) / Math.exp(x) - 1)).toBeLessThan(1e-12);
  }
  for (let x = 1; x <= 10; x += 0.01) expect(Math.abs(logarithm(x) - Math.log(x))).toBeLessThan(1e-15);
});
