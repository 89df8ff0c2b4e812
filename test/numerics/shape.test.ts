import { expect, test } from "vitest";
import { columns, elements, float, rows } from "../../src/numerics/shape.js";

test.each([
  { shape: [7], all: 7, down: 1, across: 7 },
  { shape: [5, 9], all: 45, down: 5, across: 9 },
  { shape: [9, 1], all: 9, down: 9, across: 1 },
  { shape: [2, 3, 4, 5], all: 120, down: 24, across: 5 },
])("$shape is a matrix of $down rows and $across columns", ({ shape, all, down, across }) => {
  expect([elements(shape), rows(shape), columns(shape)]).toEqual([all, down, across]);
});

test("a scalar has one element, of four bytes", () => {
  expect([elements([]), float]).toEqual([1, 4]);
});
