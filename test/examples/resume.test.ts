import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { patience } from "../support/patience.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
const options = { cwd: root, encoding: "utf8", timeout: patience } as const;

test("npm run resume: a training that is killed ends with the bits of one that is not", { timeout: patience }, () => {
  const [, program] = scripts.resume.split(" ");
  const printed = execFileSync(process.execPath, ["--import", "tsx", program, "--images", "1200", "--kills", "3"], options);
  const lines = printed.trim().split("\n");
  expect(lines.filter((line) => line.includes("killed after")).length).toBe(3);
  expect(lines.at(-1)).toBe("All bits are equal after 3 kills.");
});

test("SIGINT saves the training, which goes on from there", { timeout: patience }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "resume-test-"));
  try {
    const train = ["--import", "tsx", "examples/resume/train.ts", folder, "1200"];
    const child = spawn(process.execPath, train, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.once("data", () => child.kill("SIGINT")); // after the first 20 steps
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(0);
    const saved = Math.max(...readdirSync(folder).map((name) => Number(/^step-(\d+)/.exec(name)?.[1] ?? 0)));
    expect(saved).toBeGreaterThanOrEqual(20);
    const [first] = execFileSync(process.execPath, train, options).split("\n");
    expect(first).toBe(`goes on after step ${saved}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
