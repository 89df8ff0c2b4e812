import { expect, test } from "vitest";
import { fit, nesterov, type Optimizer, scheduleFreeSgd, sgd, sharpness } from "../../src/index.js";

const bowl = (opt: Optimizer) => {
  let sum = 0;
  for (const [name, p] of Object.entries<Float32Array>(opt.params)) {
    const g = opt.grads[name] as Float32Array;
    for (let i = 0; i < p.length; i++) {
      g[i] = (g[i] as number) + 2 * (p[i] as number);
      sum += (p[i] as number) ** 2;
    }
  }
  return sum;
};

test("a gradient or validation that moves the parameters is an error", async () => {
  const moves: [string, () => Optimizer, (opt: Optimizer) => void][] = [
    ["step()", () => sgd({ x: 2 }), (opt) => opt.step()],
    ["shift()", () => nesterov({ x: 2 }), (opt) => opt.shift()],
    ["unshift()", () => sgd({ x: 2 }, { sam: true }), (opt) => opt.unshift()],
    ["eval()", () => scheduleFreeSgd({ x: 2 }), (opt) => opt.eval()],
    ["train()", () => scheduleFreeSgd({ x: 2 }), (opt) => opt.train()],
  ];
  for (const name of ["gradient", "validation"] as const) {
    for (const waits of [false, true]) {
      for (const [method, make, move] of moves) {
        if (method === (name === "gradient" ? "train()" : "unshift()")) continue; // nothing to go back from
        if (method === "eval()" && name === "validation") continue; // which is called after it
        const opt = make();
        opt.grads.x.fill(1);
        if (opt.sam) opt.shift();
        opt.step();
        const run = async () => {
          if (waits) await undefined;
          move(opt);
          return 1;
        };
        const call = waits
          ? run
          : () => {
              move(opt);
              return 1;
            };
        const functions = { gradient: () => 1, [name]: call };
        await expect(fit(opt, { count: 1, epochs: 1, ...functions }), `${name} ${method}`).rejects.toThrow(
          new Error(
            `fit: ${name} expected not to move the parameters; ` +
              "only fit calls step(), shift(), unshift(), eval() and train()",
          ),
        );
      }
    }
  }
});

test("gradient and validation may call eval() and train(), and set hyper-parameters", async () => {
  const opt = scheduleFreeSgd({ x: Float32Array.of(1, 2) });
  const { ended } = await fit(opt, {
    count: 4,
    batch: 2,
    epochs: 2,
    gradient: () => {
      opt.eval();
      opt.train();
      opt.hyper.lr = 0.1;
      return bowl(opt);
    },
    validation: () => sharpness(opt, () => bowl(opt)).loss,
  });
  expect([ended, opt.t]).toEqual(["epochs", 4]);
});
