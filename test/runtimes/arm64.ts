// Node for ARM64 on other processors, emulated by qemu.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isWanted, run, start } from "./run.js";

const folder = fileURLToPath(new URL("arm64/", import.meta.url));
const node = `${folder}node_modules/node22/bin/node`;
/** The folder of libraries in Debian's packages for cross-compiling. */
const libraries = "/usr/aarch64-linux-gnu";
const library = `${libraries}/lib/libstdc++.so.6`;
const emulator = ["/usr/bin/qemu-aarch64", "/usr/bin/qemu-aarch64-static"].find((file) => existsSync(file));

/** Describes what this machine lacks; undefined if it has everything. */
function missing(): string | undefined {
  if (!emulator) return "no /usr/bin/qemu-aarch64, which is in Debian's qemu-user";
  if (!existsSync(library)) return `no ${library}, which is in Debian's libstdc++6-arm64-cross`;
}

/** Starts an emulated program. */
function emulate(project: string, ...args: string[]): () => Promise<string> {
  // For traps, V8 reserves 10 GB around each memory, and qemu tracks every page of them.
  return start(emulator as string, ["-L", libraries, node, "--disable-wasm-trap-handler", ...args], {
    cwd: project,
    seconds: 3600,
  });
}

/** The check of a program, which starts now, because it takes long. Skipped if this machine lacks something, except in CI, where it fails. */
export function emulated(project: string, program: string): [name: string, check: () => Promise<string>][] {
  const name = "Node 22, arm64 (qemu)";
  if (!isWanted(name)) return [];
  const lack = missing();
  if (lack && !process.env.CI) {
    console.log(`skip  ${name}: ${lack}`);
    return [];
  }
  if (lack) throw new Error(`${name}: ${lack}`);
  run("npm", ["install", "--no-save", "--cpu=arm64", "--os=linux", "--no-audit", "--no-fund"], { cwd: folder });
  const version = emulate(project, "-p", "process.version + ' ' + process.arch");
  const output = emulate(project, program);
  return [[name, async () => `${await version()}: ${await output()}`]];
}
