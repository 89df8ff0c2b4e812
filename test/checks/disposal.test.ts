import { expect, test, vi } from "vitest";
import { adam, lbfgs } from "../../src/index.js";

const error = (rule: string, what: string) => new Error(`${rule}: ${what} expected an optimizer that is not disposed`);

test("Symbol.dispose disposes, of L-BFGS too", () => {
  let [opt, other] = [adam({ x: 3 }), lbfgs({ x: 3 })];
  {
    using inner = adam({ x: 3 });
    using innerOther = lbfgs({ x: 3 });
    [opt, other] = [inner, innerOther];
    inner.step();
    innerOther.step(() => 1);
  }
  expect(() => opt.step()).toThrow(error("adam", "step()"));
  expect(() => other.step(() => 1)).toThrow(error("lbfgs", "step()"));
});

test("an engine without Symbol.dispose makes no method of that name", async () => {
  const { dispose: _, prototype: __, ...known } = Object.getOwnPropertyDescriptors(Symbol);
  vi.stubGlobal(
    "Symbol",
    Object.defineProperties((name: string) => Object(name), known),
  );
  vi.resetModules();
  const { Disposable } = await import("../../src/checks/disposal.js").finally(() => vi.unstubAllGlobals());
  expect(Reflect.ownKeys(Disposable.prototype)).toEqual(["constructor"]);
  const { Disposable: usual } = await import("../../src/checks/disposal.js?usual" as "../../src/checks/disposal.js");
  expect(Reflect.ownKeys(usual.prototype)).toEqual(["constructor", Symbol.dispose]);
});
