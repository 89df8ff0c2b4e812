import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toWrite } from "../../scripts/newRule.js";
import { filesIn } from "../support/imports.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What a rule consists of. */
const folders = ["assembly", "scripts", "src", "test/support"];

/** The texts of these folders, by path. */
function texts(of: string): Map<string, string> {
  const paths = folders.flatMap((folder) =>
    filesIn(pathToFileURL(`${join(of, folder)}/`), /\.(ts|js|mjs)$/).map((file) => join(folder, file)),
  );
  return new Map(paths.map((path) => [path, readFileSync(join(of, path), "utf8")]));
}

/** The places that a new rule leaves to write: file, line, and what. */
const leftToWrite = (of: string) =>
  [...texts(of)].flatMap(([path, text]) =>
    path === join("scripts", "newRule.ts")
      ? []
      : text.split("\n").flatMap((line, i) => (line.includes(toWrite) ? [`${path}:${i + 1}: ${line.trim()}`] : [])),
  );

test("no rule is left half written", () => {
  expect(leftToWrite(root)).toEqual([]);
});

describe("in a copy of the repository", () => {
  const copy = mkdtempSync(join(tmpdir(), "simdescent-new-rule-"));

  /** Runs a program of node_modules, and resolves with what it prints and whether it succeeds. */
  const run = (program: string, ...args: string[]) =>
    new Promise<{ ok: boolean; printed: string }>((resolve) => {
      const options = { cwd: copy, encoding: "utf8" } as const;
      const path = program === "npm" ? program : join("node_modules", ".bin", program);
      execFile(path, args, options, (error, stdout, stderr) => resolve({ ok: error === null, printed: stdout + stderr }));
    });

  const newRule = (...name: string[]) => run("tsx", "scripts/newRule.ts", ...name);

  beforeAll(() => {
    const files = [".gitignore", "asconfig.json", "biome.json", "package.json", "package-lock.json", "tsconfig.json"];
    for (const path of [...folders, ...files]) cpSync(join(root, path), join(copy, path), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    // The compiler's optimizations take nearly all of its time.
    const config = JSON.parse(readFileSync(join(copy, "asconfig.json"), "utf8"));
    config.options.optimizeLevel = 0;
    writeFileSync(join(copy, "asconfig.json"), JSON.stringify(config));
  });

  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  test.each([
    ["nothing", [], /expected a name of letters and digits, .*, got ""/],
    ["a path", ["../adam"], /expected a name of letters and digits, .*, got "\.\.\/adam"/],
    ["a word of JavaScript", ["new"], /expected a name that JavaScript does not reserve, got "new"/],
    ["a rule", ["adam"], /expected a free name, got "adam": src\/rules\/index\.ts exports it/],
    ["a rule in other letters", ["adaMax"], /expected a free name, got "adaMax": src\/rules\/index\.ts exports it/],
    ["a kernel", ["dot"], /expected a free name, got "dot": assembly\/index\.ts exports it/],
    ["a function of the kernels", ["lerp"], /expected a free name, got "lerp": assembly\/lanes\.ts exports it/],
    ["a schedule", ["cosineDecay"], /expected a free name, got "cosineDecay": src\/schedules\/schedules\.ts exports it/],
  ])("%s is refused, and no file changes", async (_, name, message) => {
    const before = texts(copy);
    const { ok, printed } = await newRule(...name);
    expect(ok).toBe(false);
    expect(printed).toMatch(message);
    expect(texts(copy)).toEqual(before);
  });

  test("a new rule compiles, is linted, and says what is left to write", async () => {
    const { ok, printed } = await newRule("novel");
    expect(printed).toContain("src/rules/novel.ts");
    expect(ok).toBe(true);

    const left = leftToWrite(copy).map((place) => place.replace(/:\d+:.*/, ""));
    const files = ["assembly/rules/novel.ts", "scripts/ruleSummaries.ts", "src/rules/novel.ts", "test/support/reference.ts"];
    expect([...new Set(left)]).toEqual(files);

    expect(await run("npm", "run", "build")).toMatchObject({ ok: true });
    const parts = { extends: "./tsconfig.json", include: ["scripts/ruleTables.ts", "test/support/reference.ts"] };
    writeFileSync(join(copy, "tsconfig.parts.json"), JSON.stringify(parts));
    expect(await run("tsc", "-p", "tsconfig.parts.json")).toEqual({ ok: true, printed: "" });
    expect(await run("biome", "check", ...folders)).toMatchObject({ ok: true });

    const steps = `
      import { novel } from "./src/index.js";
      import { references } from "./test/support/reference.js";
      const opt = novel({ x: 1 }, { lr: 1, beta1: 0.5 });
      opt.grads.x[0] = 4;
      opt.step();
      console.log(opt.params.x[0]);
      references.novel();`;
    writeFileSync(join(copy, "steps.ts"), steps);
    const stepped = await run("tsx", "steps.ts");
    expect(stepped.printed).toMatch(/^-2\n/);
    expect(stepped.printed).toContain("novel has no reference");
    expect(stepped.ok).toBe(false);
  });
});
