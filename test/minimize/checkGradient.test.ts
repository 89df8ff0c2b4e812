import { describe, expect, test } from "vitest";
import { checkGradient } from "../../src/minimize/checkGradient.js";
import { problems } from "../support/problems.js";
import { random } from "../support/random.js";

type Function = (x: Float32Array, g: Float32Array) => number;

const { fround } = Math;
const points = (count: number, length: number, scale = 1) => {
  const source = random(5);
  return Array.from({ length: count }, () => Array.from({ length }, () => source.next().value * scale));
};

/** A network of 4 inputs, 5 hidden units and 3 outputs on 7 examples, its mean square error; rounded by `round` throughout. */
function network(round: (x: number) => number): Function {
  const source = random(9);
  const data = Array.from({ length: 7 }, () => Array.from({ length: 7 }, () => round(source.next().value)));
  return (x, g) => {
    const sums = new Float64Array(x.length);
    let value = 0;
    for (const example of data) {
      const hidden = [0, 1, 2, 3, 4].map((j) => {
        let sum = x[20 + j];
        for (let i = 0; i < 4; i++) sum = round(sum + round(example[i] * x[5 * i + j]));
        return round(Math.tanh(sum));
      });
      const back = [0, 0, 0, 0, 0];
      for (let k = 0; k < 3; k++) {
        let error = round(x[40 + k] - example[4 + k]);
        for (let j = 0; j < 5; j++) error = round(error + round(hidden[j] * x[25 + 3 * j + k]));
        value = round(value + round(round(error * error) / 7));
        const slope = round((2 * error) / 7);
        sums[40 + k] = round(sums[40 + k] + slope);
        for (let j = 0; j < 5; j++) {
          sums[25 + 3 * j + k] = round(sums[25 + 3 * j + k] + round(slope * hidden[j]));
          back[j] = round(back[j] + round(slope * x[25 + 3 * j + k]));
        }
      }
      for (let j = 0; j < 5; j++) {
        const slope = round(back[j] * round(1 - round(hidden[j] * hidden[j])));
        sums[20 + j] = round(sums[20 + j] + slope);
        for (let i = 0; i < 4; i++) sums[5 * i + j] = round(sums[5 * i + j] + round(slope * example[i]));
      }
    }
    for (const [i, sum] of sums.entries()) g[i] += sum;
    return value;
  };
}

const rosenbrock32: Function = (x, g) => {
  let value = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const a = fround(x[i + 1] - fround(x[i] * x[i]));
    const b = fround(1 - x[i]);
    value = fround(value + fround(fround(100 * fround(a * a)) + fround(b * b)));
    g[i] += fround(fround(fround(-400 * a) * x[i]) - 2 * b);
    g[i + 1] += fround(200 * a);
  }
  return value;
};

/** Mean of softplus(-label * x), in f32, of as many numbers as there are. */
const softplus32: Function = (x, g) => {
  let value = 0;
  for (let i = 0; i < x.length; i++) {
    const e = fround(Math.exp(i % 2 ? x[i] : -x[i]));
    value = fround(value + fround(fround(Math.log(fround(1 + e))) / x.length));
    g[i] += fround((i % 2 ? 1 : -1) * fround(fround(e / fround(1 + e)) / x.length));
  }
  return value;
};

/** Terms in f32, their sum in f64: its noise does not show in its last digits, and three differences may agree by chance. */
const mixed: Function = (x, g) => {
  let value = 0;
  for (let i = 0; i < x.length; i++) {
    value += fround(Math.sin(fround(3 * x[i])));
    g[i] += fround(3 * fround(Math.cos(fround(3 * x[i]))));
  }
  return value;
};

const third: Function = (x, g) => {
  const gradient = new Float32Array(x.length);
  const value = softplus32(x, gradient) / 3;
  for (const [i, slope] of gradient.entries()) g[i] += slope / 3;
  return value;
};

describe("no false alarm", () => {
  const functions: [string, Function, number][] = [
    ["rosenbrock10", problems.rosenbrock10.f, 10],
    ["beale", problems.beale.f, 2],
    ["quadratic", problems.quadratic.f, 20],
    ["logistic", problems.logistic.f, 6],
    ["a network in f64", network((x) => x), 43],
    ["a network in f32", network(fround), 43],
    ["rosenbrock in f32", rosenbrock32, 10],
    ["softplus in f32", softplus32, 30],
    ["terms in f32, the sum in f64", mixed, 10],
    ["softplus in f32, times a number in f64", third, 30],
  ];

  test.each(functions)("%s, at 100 random points", (_, f, length) => {
    for (const x of points(100, length, 1.5)) {
      const { ok, message } = checkGradient(f, x);
      if (!ok) expect.fail(message);
    }
  });

  test("in f64 nothing is left open, and the error is f32's rounding of the gradient", () => {
    for (const name of ["rosenbrock10", "beale", "quadratic", "logistic"]) {
      const { error, uncertainty } = checkGradient(
        problems[name].f,
        problems[name].start.map((x) => x + 0.3),
      );
      if (!(error <= 2 ** -23)) expect.fail(`${name}: ${error}`);
      if (!(uncertainty <= 1e-7)) expect.fail(`${name}: ${uncertainty}`);
    }
  });

  test("points that f32 does not have at the same distance on both sides, where the curvature is large", () => {
    const x = 1 - 2 ** -24; // above 1 they are twice as far apart
    const f: Function = ([y], g) => {
      const distance = y - x + 2 ** -20;
      g[0] = 2e8 * distance;
      return 1e8 * distance ** 2;
    };
    const { ok, message } = checkGradient(f, [x]);
    if (!ok) expect.fail(message);
  });

  test("an element a millionth of the largest: not judged to the thousandth", () => {
    const f: Function = ([x, y], g) => {
      g[0] = 1e6;
      g[1] = 0.95; // of 1
      return 1e6 * x + y;
    };
    expect(checkGradient(f, [1, 1]).ok).toBe(true);
  });

  test("numbers of very different size", () => {
    const f: Function = (x, g) => {
      for (let i = 0; i < x.length; i++) g[i] = 2 * x[i];
      return x.reduce((sum, x) => sum + x * x, 0);
    };
    expect(checkGradient(f, [1e6, -1e3, 1, 1e-3, 0, 12345.678]).ok).toBe(true);
  });

  test("the edge of a domain, and an element without influence", () => {
    const f: Function = ([x], g) => {
      g[0] = 1 / x;
      return Math.log(x);
    };
    expect(checkGradient(f, [0.01, 5]).ok).toBe(true);
  });

  test("a kink a thousandth away is none at the point itself", () => {
    const f: Function = ([x, y], g) => {
      g[0] = x > 0.01 ? 1 : 0;
      g[1] = 2 * y;
      return Math.max(x - 0.01, 0) + y ** 2;
    };
    for (const x of [0, 0.009, 0.011, 0.02, -1]) {
      const { ok, message } = checkGradient(f, [x, 1]);
      if (!ok) expect.fail(message);
    }
  });
});

describe("mistakes", () => {
  const changed = (f: Function, change: (g: Float32Array) => void): Function => {
    return (x, g) => {
      const value = f(x, g);
      change(g);
      return value;
    };
  };
  const rows: [string, (g: Float32Array) => void, number][] = [
    [
      "a wrong sign in one element",
      (g) => {
        g[7] *= -1;
      },
      7,
    ],
    [
      "a factor of 2 in one element",
      (g) => {
        g[3] *= 2;
      },
      3,
    ],
    [
      "a hundredth too much in one element",
      (g) => {
        g[3] *= 1.01;
      },
      3,
    ],
    [
      "an element forgotten",
      (g) => {
        g[5] = 0;
      },
      5,
    ],
    [
      "not a number",
      (g) => {
        g[2] = Number.NaN;
      },
      2,
    ],
  ];

  test.each(rows)("%s: the worst element is the one", (_, change, index) => {
    for (const f of [problems.rosenbrock10.f, rosenbrock32]) {
      for (const x of points(10, 10, 1.5)) {
        const { ok, worst, message } = checkGradient(changed(f, change), x);
        if (ok) expect.fail(message);
        expect(worst.index).toBe(index);
        expect(message).toMatch(`the gradient is wrong: x[${index}] is ${Number(worst.given.toPrecision(6))}, expected `);
      }
    }
  });

  test("in f64 and in f32: all signs, all twice as large", () => {
    for (const round of [(x: number) => x, fround]) {
      for (const factor of [-1, 2, 0.5]) {
        const f = changed(network(round), (g) => g.set(g.map((x) => factor * x)));
        for (const x of points(5, 43)) expect(checkGradient(f, x).ok).toBe(false);
      }
    }
  });

  test("one term missing in one element of 43", () => {
    for (const round of [(x: number) => x, fround]) {
      const f = network(round);
      const [x] = points(1, 43);
      const part = new Float32Array(43);
      network(round)(Float32Array.from(x), part);
      // A seventh of its value: what one of seven examples adds.
      const { ok, worst } = checkGradient(
        changed(f, (g) => {
          g[13] -= part[13] / 7;
        }),
        x,
      );
      expect([ok, worst.index]).toEqual([false, 13]);
    }
  });

  test("a transposed index", () => {
    const f = changed(
      network((x) => x),
      (g) => {
        const matrix = g.slice(25, 40);
        for (let j = 0; j < 5; j++) for (let k = 0; k < 3; k++) g[25 + 5 * k + j] = matrix[3 * j + k];
      },
    );
    const { ok, worst } = checkGradient(f, points(1, 43)[0]);
    expect(ok).toBe(false);
    expect(worst.index >= 25 && worst.index < 40).toBe(true);
  });

  test("parameters by name: the worst is named", () => {
    const { ok, worst, message, uncertainty } = checkGradient(
      ({ weight, bias }, g) => {
        g.weight.set([2 * weight[0], 3 * weight[1] ** 2]);
        g.bias[0] = 1; // of 2 * bias
        return weight[0] ** 2 + weight[1] ** 3 + 2 * bias[0];
      },
      { weight: [1, 2], bias: new Float32Array(1) },
    );
    expect(ok).toBe(false);
    expect(worst).toMatchObject({ name: "bias", index: 0, given: 1 });
    if (!(Math.abs(worst.expected - 2) <= 1e-9)) expect.fail(`expected ${worst.expected}`);
    expect(message).toBe(
      `the gradient is wrong: bias[0] is 1, expected 2; relative error 0.50, tolerance 0.001, uncertainty ${uncertainty.toPrecision(2)}`,
    );
  });

  test("tolerance", () => {
    const f = changed(problems.quadratic.f, (g) => {
      g[3] *= 1.05;
    });
    const [x] = points(1, 20);
    expect(checkGradient(f, x).ok).toBe(false);
    const { ok, error } = checkGradient(f, x, { tolerance: 0.1 });
    expect(ok).toBe(true);
    if (!(Math.abs(error - 0.05 / 1.05) <= 1e-6)) expect.fail(`error ${error}`);
  });

  test("values too coarse to tell: said in uncertainty", () => {
    const f: Function = (x, g) => {
      g[0] = 5; // of 1
      return fround(1e9 + x[0]);
    };
    const { ok, uncertainty } = checkGradient(f, [0.5]);
    expect(ok).toBe(true);
    expect(uncertainty).toBeGreaterThan(1);
  });
});

test("x is unchanged, and f gets copies of it", () => {
  const x = Float32Array.of(0.5, 2);
  checkGradient(problems.beale.f, x);
  expect([...x]).toEqual([0.5, 2]);
});

describe("bad input", () => {
  const f: Function = problems.beale.f;
  test.each<[string, () => unknown, ErrorConstructor, string]>([
    ["f", () => checkGradient(3 as unknown as Function, [1]), TypeError, "checkGradient: f expected a function, got 3"],
    ["x", () => checkGradient(f, ["1"] as unknown as number[]), TypeError, 'checkGradient: x[0] expected a number, got "1"'],
    ["x", () => checkGradient(f, []), RangeError, "checkGradient: x expected at least one number, got none"],
    [
      "tolerance",
      () => checkGradient(f, [1, 1], { tolerance: 0 }),
      RangeError,
      "checkGradient: tolerance expected in (0,inf), got 0",
    ],
    [
      "tolerance",
      () => checkGradient(f, [1, 1], { tolerance: "1" as unknown as number }),
      TypeError,
      'checkGradient: tolerance expected a number in (0,inf), got "1"',
    ],
    [
      "misspelt",
      () => checkGradient(f, [1, 1], { eps: 1 } as object),
      TypeError,
      'checkGradient: unknown option "eps"; the options are tolerance',
    ],
    [
      "no value",
      () => checkGradient((() => {}) as unknown as Function, [1]),
      TypeError,
      "checkGradient: f expected to return its value, a number, got undefined",
    ],
    [
      "not finite at x",
      () => checkGradient(() => Number.NaN, [1]),
      RangeError,
      "checkGradient: the value of f at x expected a finite number, got NaN",
    ],
    [
      "not finite around x",
      () => checkGradient(([x]) => (x === 1 ? 0 : Number.NaN), [1]),
      RangeError,
      "checkGradient: the value of f around x[0] expected a finite number, got NaN",
    ],
    [
      "another value each time",
      () => {
        let calls = 0;
        return checkGradient(() => ++calls, [1]);
      },
      RangeError,
      "checkGradient: f, called again at the same x, expected 1 again, got 2",
    ],
  ])("%s", (_, call, type, message) => {
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });
});
