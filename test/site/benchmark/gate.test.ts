import { expect, test } from "vitest";
import { Gate } from "../../../site/benchmark/gate.js";

test("an open gate lets pass", async () => {
  expect(await new Gate().pass()).toBe(0);
});

test("a closed gate lets pass when it opens, and counts", async () => {
  const gate = new Gate();
  gate.close();
  gate.close(); // already closed
  const passing = gate.pass();
  await new Promise((resolve) => setTimeout(resolve, 20));
  gate.open();
  expect(await passing).toBe(1);
});

test("a gate that closes again before anybody passes stays closed", async () => {
  const gate = new Gate();
  gate.close();
  let passed: number | undefined;
  const passing = gate.pass().then((count) => {
    passed = count;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  gate.open();
  gate.close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(passed).toBeUndefined();
  gate.open();
  await passing;
  expect(passed).toBe(2);
});
