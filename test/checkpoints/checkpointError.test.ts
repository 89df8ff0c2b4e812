import { expect, test } from "vitest";
import { CheckpointError } from "../../src/checkpoints/checkpointError.js";

test("the message has every detail", () => {
  const error = new CheckpointError("names", ['adam: tensor "a" is missing', 'adam: tensor "b" is missing']);
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: "CheckpointError",
    reason: "names",
    details: ['adam: tensor "a" is missing', 'adam: tensor "b" is missing'],
    message: 'adam: tensor "a" is missing\nadam: tensor "b" is missing',
  });
});
