import { expect, test } from "vitest";
import { lbfgs } from "../../src/index.js";
import { bufferOf, isGone } from "../support/garbage.js";

const error = (rule: string, what: string) => new Error(`${rule}: ${what} expected an optimizer that is not disposed`);

test("L-BFGS keeps no memory, its numbers stay, and step() and views throw", async () => {
  const opt = lbfgs({ x: 3000 });
  opt.step(() => {
    opt.grads.x.set(opt.params.x.map((x) => x - 1));
    return opt.params.x.reduce((sum, x) => sum + (x - 1) ** 2 / 2, 0);
  });
  const numbers = ({ t, evaluations, loss, gradientNorm, reason }: typeof opt) => [t, evaluations, loss, gradientNorm, reason];
  const before = numbers(opt);
  const buffer = bufferOf(opt.params);
  opt.dispose();
  opt.dispose();
  expect(await isGone(buffer)).toBe(true);
  expect(numbers(opt)).toEqual(before);
  expect(() => opt.step(() => 1)).toThrow(error("lbfgs", "step()"));
  for (const field of ["params", "grads"] as const) expect(() => opt[field]).toThrow(error("lbfgs", field));
});

test.each(["strongWolfe", "none"] as const)("in a closure of L-BFGS, line search %s", (lineSearch) => {
  for (let last = 1; last <= 3; last++) {
    const opt = lbfgs({ x: Float32Array.of(3) }, { lineSearch, lr: 0.1 });
    const closure = () => {
      const [x] = opt.params.x;
      opt.grads.x[0] = 4 * x ** 3;
      if (opt.evaluations === last) opt.dispose();
      return x ** 4;
    };
    expect(() => opt.step(closure)).toThrow(error("lbfgs", "step()"));
    expect(opt.evaluations).toBe(last);
  }
});
