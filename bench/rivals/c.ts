// Loops in C, compiled for this machine: its limit.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Child } from "./child.js";
import type { Rival } from "./rival.js";

const source = fileURLToPath(new URL("steps.c", import.meta.url));
const compiler = process.env.CC ?? "cc";
// -ffast-math, which approximates root and division, is no faster here.
const flags = ["-O3", "-march=native", "-fno-math-errno", "-fopenmp"];

let started: Promise<Child> | undefined;

async function compile(): Promise<Child> {
  const folder = mkdtempSync(join(tmpdir(), "simdescent-"));
  try {
    const program = join(folder, "steps");
    await promisify(execFile)(compiler, [...flags, source, "-o", program, "-lm"]);
    const child = new Child("C", program, []);
    // A program that answers no longer needs its file.
    await child.ask("version", "-");
    return child;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function start(): Promise<Child> {
  started ??= compile();
  return started;
}

export const c: Rival = {
  name: "C",
  rules: ["sgd", "momentum", "adagrad", "rmsprop", "adam", "adamw", "lion"],
  maxThreads: "any",
  options: () => ({}),
  async available() {
    try {
      const version = await (await start()).ask("version", "-");
      return { version: `${version}, ${flags.join(" ")}` };
    } catch (error) {
      return { missing: `${(error as Error).message.trim().split("\n")[0]} (the environment variable CC can name a compiler)` };
    }
  },
  prepare: async (workload, values) => (await start()).prepare("-", workload, values),
  close() {
    started?.then((child) => child.close()).catch(() => {}); // `available` reports a failed start
    started = undefined;
  },
};
