// Huge pages for the memories of optimizers, in Node on Linux.
// Linux gives pages of 2 MiB in place of 4 KiB where a program asks: https://docs.kernel.org/admin-guide/mm/transhuge.html. V8 does not.

import { freshMemory } from "./wasmMemory.js";

/** What `hugePages()` found. */
export interface HugePages {
  /** Whether large memories of optimizers get huge pages from now on. */
  readonly on: boolean;
  /** Who asks Linux for them, or why nobody can. */
  readonly reason: string;
}

/** The file with the setting of Linux: `always [madvise] never`. */
const setting = "/sys/kernel/mm/transparent_hugepage/enabled";

/** Linux's MADV_HUGEPAGE. */
const wantsHugePages = 14;

/** The size from which memories ask, in bytes. A smaller one gains nothing. */
const large = 2 ** 22;

/** Linux's madvise: gives the kernel advice on the pages of an array. Returns 0 if it took the advice. */
type Madvise = (array: Uint8Array, bytes: bigint, advice: number) => number;

interface Koffi {
  load(program: null): { func(declaration: string): Madvise };
}

interface Ffi {
  dlopen(program: null, functions: { madvise: { arguments: string[]; return: string } }): { functions: { madvise: Madvise } };
}

interface NodeProcess {
  readonly platform: string;
  readonly versions: { readonly [engine: string]: string | undefined };
  getBuiltinModule?(name: "node:fs"): { readFileSync(file: string, encoding: "utf8"): string };
  getBuiltinModule?(name: "node:module"): { createRequire(from: string): (name: "koffi") => Koffi };
  getBuiltinModule?(name: "node:ffi"): Ffi | undefined;
}

/** Node's process. @throws Error on another engine. */
function node(): Required<NodeProcess> {
  const { process } = globalThis as { process?: NodeProcess };
  const { node, bun, deno } = process?.versions ?? {};
  const engine = bun ? "Bun" : deno ? "Deno" : node ? `Node ${node}` : "another engine";
  if (bun || deno || !process?.getBuiltinModule) throw new Error(`expected Node 20.16 or newer, got ${engine}`);
  return process as Required<NodeProcess>;
}

/** What the machine's owner set: "always", "madvise" or "never". @throws Error if the kernel has no such setting. */
function readSetting({ getBuiltinModule }: Required<NodeProcess>): string | undefined {
  try {
    return /\[(\w+)\]/.exec(getBuiltinModule("node:fs").readFileSync(setting, "utf8"))?.[1];
  } catch (cause) {
    throw new Error(`cannot read ${setting}: ${(cause as Error).message}`, { cause });
  }
}

/** A way to call madvise, and its name. Prefers koffi, because Node prints a warning about `node:ffi`. @throws Error if there is none. */
function findMadvise({ getBuiltinModule }: Required<NodeProcess>): [madvise: Madvise, by: string] {
  try {
    const koffi = getBuiltinModule("node:module").createRequire(import.meta.url)("koffi");
    return [koffi.load(null).func("int madvise(void *, size_t, int)"), "koffi"];
  } catch (cause) {
    const { code, message } = cause as { code?: string; message: string };
    const missing = code === "MODULE_NOT_FOUND";
    const ffi = getBuiltinModule("node:ffi");
    if (!ffi) throw new Error(missing ? "koffi is not installed" : `koffi does not load: ${message}`, { cause });
    const madvise = { arguments: ["pointer", "uint64", "int32"], return: "int32" };
    return [ffi.dlopen(null, { madvise }).functions.madvise, "node:ffi"];
  }
}

/** Makes new memories ask for huge pages. Returns who asks. @throws Error if nobody can. */
function ask(): string {
  const process = node();
  if (process.platform !== "linux") throw new Error(`expected Linux, got ${process.platform}`);
  const found = readSetting(process);
  if (found === "always") return `Linux gives them unasked: ${setting} is always`;
  if (found !== "madvise") throw new Error(`${setting} expected madvise or always, got ${found}`);
  const [madvise, by] = findMadvise(process);
  // A view, because a SharedArrayBuffer itself is no pointer for koffi. Memories begin and end on pages, as madvise needs.
  const advise = ({ buffer }: WebAssembly.Memory) => madvise(new Uint8Array(buffer), BigInt(buffer.byteLength), wantsHugePages);
  const result = advise(new WebAssembly.Memory({ initial: 1 }));
  if (result !== 0) throw new Error(`madvise expected to return 0, got ${result}`);
  freshMemory.prepare = (memory) => {
    if (memory.buffer.byteLength >= large) advise(memory);
  };
  return `${by} calls madvise`;
}

/**
 * Asks Linux for huge pages, in Node. Call it once, before you make optimizers, in each thread that makes some. Memories of 4 MiB or more
 * that optimizers, `lbfgs` and arenas allocate afterwards then have pages of 2 MiB. So steps of millions of parameters take less time. The
 * bits stay the same. Needs the package koffi, or a Node with `node:ffi`. Never throws: `on` and `reason` say what it found.
 * @example
 * ```ts
 * import { hugePages } from "simdescent/node";
 * const { on, reason } = hugePages();
 * if (!on) console.warn(`no huge pages: ${reason}`); // such as: no huge pages: koffi is not installed
 * ```
 */
export function hugePages(): HugePages {
  try {
    return { on: true, reason: ask() };
  } catch (error) {
    return { on: false, reason: (error as Error).message };
  }
}
