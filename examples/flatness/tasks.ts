// The tasks: two classifications of real data.

import { readImages } from "../digits/images.js";
import * as digits from "../digits/network.js";
import * as iris from "./iris.js";

type Weights = { readonly [name: string]: Float32Array };

/** Training and test data, and a network. */
export interface Problem {
  readonly start: Weights;
  /** Adds the gradient of the mean loss over these training examples to `grads`. Returns the mean loss. */
  gradient(network: { readonly params: Weights; readonly grads: Weights }, indices: Uint32Array): number;
  /** The share of test examples that are classified correctly, 0 to 1. */
  accuracy(params: Weights): number;
}

export interface Task {
  readonly title: string;
  /** Describes data and network. */
  readonly about: string;
  /** Number of training examples. */
  readonly count: number;
  readonly batch: number;
  readonly epochs: number;
  readonly seeds: number;
  /** What the seed changes. */
  readonly seeded: string;
  /** Number of training examples for measuring sharpness. */
  readonly measured: number;
  /** Steps of each ascent to the worst point. */
  readonly steps: number;
  /** Directions of the average. */
  readonly samples: number;
  problem(seed: number): Problem;
}

const flowers = 100;
const images = 6000;

export const tasks = {
  iris: {
    title: "Iris",
    about: `150 flowers, ${flowers} to train with and 50 to test with; network ${iris.layers}, tanh`,
    count: flowers,
    batch: 10,
    epochs: 100,
    seeds: 9,
    seeded: "the division of the flowers, the first weights and the order",
    measured: flowers,
    steps: 20,
    samples: 10,
    problem(seed) {
      const { train, test } = iris.readFlowers(flowers, seed);
      return {
        start: iris.initialWeights(seed),
        gradient: (network: Parameters<typeof iris.addGradient>[0], indices) => iris.addGradient(network, train, indices),
        accuracy: (params: iris.Weights) => iris.accuracy(params, test),
      };
    },
  },
  digits: {
    title: "MNIST",
    about: `the first ${images.toLocaleString("en")} images to train with, 10,000 others to test with; network ${digits.layers}, ReLU`,
    count: images,
    batch: 32,
    epochs: 6,
    seeds: 5,
    seeded: "the first weights and the order",
    measured: 1000,
    steps: 8,
    samples: 3,
    problem(seed) {
      const [train, test] = [readImages("train", images), readImages("test")];
      return {
        start: digits.initialWeights(seed),
        gradient: (network: digits.Network, indices) => digits.addGradient(network, train, indices),
        accuracy: (params: digits.Weights) => digits.accuracy(params, test),
      };
    },
  },
} satisfies { readonly [name: string]: Task };

export type TaskName = keyof typeof tasks;
export const taskNames = Object.keys(tasks) as TaskName[];
