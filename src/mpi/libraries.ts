// Finds the library of MPI, and opens it through koffi.

import type { Library } from "./abi.js";
import type { Family } from "./launch.js";
import { node } from "./process.js";

interface Koffi {
  load(path: string): Library;
}

/** The files of each family, by platform. A library of the standard ABI belongs to the family whose launcher it finds. */
const files: { readonly [platform: string]: { readonly [family in Family]: readonly string[] } } = {
  linux: {
    MPICH: ["libmpich.so.12", "libmpi.so.12", "libmpi_abi.so.1", "libmpi_abi.so.0"],
    "Open MPI": ["libmpi.so.40", "libmpi_abi.so.1", "libmpi_abi.so.0"],
  },
  darwin: { MPICH: ["libmpi.12.dylib", "libpmpi.12.dylib"], "Open MPI": ["libmpi.40.dylib"] },
};

/** The files to try: first those beside the launcher that PATH has, as in an environment of Python, then those that the system knows. */
export function candidates(families: readonly Family[]): string[] {
  const { platform, env, getBuiltinModule } = node();
  const names = families.flatMap((family) => files[platform]?.[family] ?? []);
  const { existsSync } = getBuiltinModule("node:fs");
  const { join, delimiter } = getBuiltinModule("node:path");
  const launcher = (env.PATH ?? "").split(delimiter).find((folder) => folder !== "" && existsSync(join(folder, "mpiexec")));
  const beside = launcher === undefined ? [] : names.map((name) => join(launcher, "..", "lib", name)).filter(existsSync);
  return [...beside, ...names];
}

function requireKoffi(): Koffi {
  try {
    return node()
      .getBuiltinModule("node:module")
      .createRequire(import.meta.url)("koffi") as Koffi;
  } catch (cause) {
    const { code, message } = cause as { code?: string; message: string };
    const missing = code === "MODULE_NOT_FOUND";
    throw new Error(`mpi: the package koffi expected to be installed: ${missing ? "npm install koffi" : message}`, { cause });
  }
}

/**
 * UCX, which MPICH and Open MPI use for networks, changes functions of the system in the running process, to hear of memory that is freed,
 * and takes over the signal SIGSEGV. Both crash processes with a garbage collector: https://github.com/JuliaParallel/MPI.jl/issues/337.
 * WebAssembly needs the signal, too.
 */
const settings = { UCX_MEM_EVENTS: "n", UCX_ERROR_SIGNALS: "SIGILL,SIGBUS,SIGFPE" };

/** Opens the first of these files that can be opened. @throws Error that names all of them */
export function openLibrary(paths: readonly string[]): { readonly library: Library; readonly path: string } {
  const koffi = requireKoffi();
  const { env } = node();
  for (const [name, value] of Object.entries(settings)) env[name] ??= value;
  const reasons: string[] = [];
  for (const path of paths) {
    try {
      return { library: koffi.load(path), path };
    } catch (error) {
      reasons.push(`${path}: ${(error as Error).message}`);
    }
  }
  const tried =
    reasons.length > 0 ? reasons.join("; ") : `none, as ${node().platform} has no usual names: set the option library`;
  throw new Error(`mpi: the library of MPI expected to be installed, tried ${tried}`);
}
