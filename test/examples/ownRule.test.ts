import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { expect, test } from "vitest";
import { patience } from "../support/patience.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));

test("npm run own-rule: both rules pass all checks, and train", async () => {
  const [, ...args] = scripts["preown-rule"].split(" && ").at(-1).split(" ");
  const { error, stderr } = await asc.main([...args, "--baseDir", root]);
  expect(`${error ?? ""}${stderr}`).toBe("");

  const tsx = `${root}node_modules/tsx/dist/cli.mjs`;
  const program = scripts["own-rule"].split(" ")[1];
  const printed = execFileSync(process.execPath, [tsx, program], { cwd: root, encoding: "utf8", timeout: patience });
  const lines = printed.trim().split("\n");
  expect(lines.length).toBe(16);
  const checks = lines.slice(0, 13);
  for (const line of checks) expect(line).toMatch(/^adamS, [a-zA-Z0-9 -]+: \S/);
  expect(checks).toContain("adamS, hyper-parameters: all 5 matter");
  expect(checks).toContain("adamS, threads: same bits with 1 set of options");
  const names = lines.slice(13).map((line) => {
    const [, name, loss] = /^(\w+): loss (\d\.\d{3}) after 300 steps$/.exec(line) ?? [];
    expect(Number(loss)).toBeLessThan(0.2); // at first it is ln 3 = 1.099
    return name;
  });
  expect(names).toEqual(["adamw", "adamS", "cautiousLion"]);
});
