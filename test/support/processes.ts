import { spawnSync } from "node:child_process";
import { expect } from "vitest";
import { patience } from "./patience.js";

/** Runs a program on the built library in a process of its own. */
export function program(source: string, ...flags: string[]): string {
  return programOf([process.execPath], source, ...flags);
}

export function programOf([command = "", ...first]: string[], source: string, ...flags: string[]): string {
  const library = JSON.stringify(new URL("../../dist/index.js", import.meta.url));
  const text = `import { adam, threads } from ${library};\n${source}`;
  const { status, signal, stdout, stderr } = spawnSync(command, [...first, ...flags, "--input-type=module", "-e", text], {
    encoding: "utf8",
    timeout: patience,
  });
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: "" });
  return stdout;
}
