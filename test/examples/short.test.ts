// The short examples, run by tsx as their first lines say.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { patience } from "../support/patience.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const tsx = fileURLToPath(new URL("../../node_modules/tsx/dist/cli.mjs", import.meta.url));

/** The lines that a program prints. */
function run(name: string, ...args: string[]): string[] {
  const options = { cwd: root, encoding: "utf8", timeout: patience } as const;
  return execFileSync(process.execPath, [tsx, `examples/${name}/main.js`, ...args], options)
    .trim()
    .split("\n");
}

test("iris: 9 of 10 flowers that were not trained on are right", () => {
  const [training, result] = run("iris");
  expect(training).toMatch(/^300 steps: loss 1\.099 to 0\.\d{3}$/);
  const [, right] = /^test: (\d+) of 30 flowers right$/.exec(result ?? "") ?? [];
  expect(Number(right)).toBeGreaterThanOrEqual(27);
});

test("threads: the worker trains on two threads, and both end", () => {
  const lines = run("threads");
  expect(lines.length).toBe(4);
  for (const line of lines) expect(line).toMatch(/^step \d+ on 2 threads: loss 0\.\d{6}$/);
  expect(Number(lines[3]?.split("loss ")[1])).toBeLessThan(1e-4);
});

test("plotting: the picture has a line and a label for each rule", () => {
  const folder = mkdtempSync(join(tmpdir(), "simdescent-"));
  try {
    const file = join(folder, "loss.svg");
    expect(run("plotting", file)).toEqual([`600 losses in ${file}`]);
    const svg = readFileSync(file, "utf8");
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" .*<\/svg>$/s);
    expect(svg.match(/<path [^>]*d="M[\d.,LMC-]{500,}"/g)?.length).toBe(3);
    for (const rule of ["sgd", "momentum", "adam"]) expect(svg).toContain(`>${rule}</text>`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
