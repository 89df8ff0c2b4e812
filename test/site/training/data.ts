// A few images for the tests of the training view.
import { readImages } from "../../../examples/digits/images.js";
import type { Digits } from "../../../site/data/digits.js";
import { inked } from "../../../site/playground/training/network.js";
import type { Data } from "../../../site/playground/training/run.js";

export const fewDigits = (train: number, test: number): Digits => ({
  train: readImages("train", train),
  test: readImages("test", test),
});

export function fewImages(train: number, test: number): Data {
  const digits = fewDigits(train, test);
  return { train: inked(digits.train), test: inked(digits.test) };
}
