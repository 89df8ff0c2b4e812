// What comes with an import, and the example.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as ours from "../../../src/adapters/tfjs/index.js";
import { rules } from "../../../src/index.js";
import { patience } from "../../support/patience.js";

/** The file of an import: TypeScript, or plain JavaScript. */
function sourceOf(file: URL): string {
  const typed = file.href.replace(/\.js$/, ".ts");
  return existsSync(new URL(typed)) ? typed : file.href;
}

/** All that a source file imports, directly or not. */
function imports(file: URL, found = new Set<string>()): Set<string> {
  for (const [, from] of readFileSync(file, "utf8").matchAll(/(?:from|import) "([^"]+)"/g)) {
    const name = from?.startsWith(".") ? sourceOf(new URL(from, file)) : (from as string);
    if (found.has(name)) continue;
    found.add(name);
    if (name.startsWith("file:")) imports(new URL(name), found);
  }
  return found;
}

const source = new URL("../../../src/", import.meta.url);

/** What a module prints that is in a process of its own, and imports the built package. */
function run(code: string): string[] {
  const options = { cwd: new URL("../../..", import.meta.url), encoding: "utf8", timeout: patience } as const;
  return execFileSync(process.execPath, ["--input-type=module", "--eval", code], options).trim().split("\n");
}

test("simdescent has no TensorFlow.js in it, simdescent/tfjs its core alone", () => {
  const all = imports(new URL("index.ts", source));
  expect(all.has(new URL("engine/optimizer.ts", source).href)).toBe(true);
  expect([...all].filter((name) => /tensorflow|tfjs/.test(name.replace(source.href, "")))).toEqual([]);
  const theirs = [...imports(new URL("adapters/tfjs/index.ts", source))].filter((name) => name.includes("tensorflow"));
  expect(theirs).toEqual(["@tensorflow/tfjs-core"]);
});

test("the package gives optimizers of the TensorFlow.js that its user has", () => {
  const script = `
    import * as tf from "@tensorflow/tfjs-core";
    import "@tensorflow/tfjs-backend-cpu";
    import { lion } from "simdescent/tfjs";
    tf.env().set("PROD", true);
    const x = tf.variable(tf.scalar(2));
    const optimizer = lion({ lr: 0.5 });
    for (let i = 0; i < 3; i++) optimizer.applyGradients({ [x.name]: x });
    console.log(optimizer instanceof tf.Optimizer, optimizer.getClassName(), x.dataSync()[0]);`;
  expect(run(script)).toEqual(["true SimdescentLion 0.5"]);
});

test("the example trains the same with the built-in Adam and with ours", async () => {
  const { train } = await import("../../../examples/tfjs/training.js");
  const [theirs, rounded, ours, better] = await train({ limit: 1600 });
  if (!theirs || !rounded || !ours || !better) throw new Error("expected four results");
  // In 50 steps the roundings of f32 move the loss by less than this.
  expect(Math.abs(ours.loss - theirs.loss)).toBeLessThanOrEqual(1e-4);
  expect(Math.abs(ours.accuracy - theirs.accuracy)).toBeLessThanOrEqual(1 / 1600 + 1e-6);
  for (const { accuracy, optimizer, epoch } of [theirs, ours, better]) {
    expect(accuracy).toBeGreaterThan(0.6);
    expect(optimizer).toBeGreaterThan(0);
    expect(optimizer).toBeLessThan(epoch);
  }
});

test("every rule has its place in simdescent/tfjs", () => {
  expect(Object.keys(ours).sort()).toEqual(Object.keys(rules).sort());
  for (const [name, rule] of Object.entries(ours)) expect(rule().spec.name).toBe(name);
});
