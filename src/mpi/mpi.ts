import { checkNumber, readOptions } from "../checks/check.js";
import { wrongKind } from "../checks/errors.js";
import { Binding } from "./binding.js";
import { findLaunch } from "./launch.js";
import { candidates, openLibrary } from "./libraries.js";
import { node } from "./process.js";
import { type Ranks, World } from "./ranks.js";
import { alone, type Transport } from "./transport.js";
import { Watchdog } from "./watchdog.js";

/** Options of `mpi`. */
export interface MpiOptions {
  /** The file of the MPI library, a path or a name that the system knows. By default that of the launcher. */
  readonly library?: string;
  /**
   * Seconds that a call may wait for the other ranks. Then the process says so, and ends with SIGKILL. `mpi()` itself may wait for 60 s at
   * least, because processes start late. 0 waits for ever. Default 60.
   */
  readonly timeout?: number;
}

/** Whether `mpi()` was called. MPI starts once in a process. */
let called = false;

/** Connects with the other ranks. */
async function connect(library: string | undefined, timeout: number): Promise<[transport: Transport, watchdog: Watchdog]> {
  const { env, getBuiltinModule } = node();
  const launch = findLaunch(env);
  if (!launch && library === undefined) return [alone, await Watchdog.start(0, undefined)];
  if (!getBuiltinModule("node:worker_threads").isMainThread)
    throw new Error("mpi expected to be called on the main thread, got a worker");
  const paths = library === undefined ? candidates(launch?.families ?? []) : [library];
  const opened = openLibrary(paths);
  const watchdog = await Watchdog.start(timeout, launch?.rank);
  const binding = watchdog.guard("mpi", () => new Binding(opened.library, opened.path));
  const { rank, ranks } = binding;
  watchdog.introduce(rank, ranks);
  const { started } = launch ?? {};
  if (started && started.ranks !== ranks) {
    throw new Error(
      `mpi: the launcher and the library expected to be of the same MPI, got ${started.ranks} ranks by the launcher ` +
        `(${started.variable}) and ${ranks} by ${binding.library} (${opened.path})`,
    );
  }
  return [binding, watchdog];
}

/**
 * Connects this process with the others that `mpirun` started. Without a launcher it is the only rank, and needs neither MPI nor koffi. Call
 * it once, on the main thread.
 *
 * Needs the package koffi, and MPICH, Open MPI or another library with the ABI of MPICH or of MPI 5, on every host.
 * @throws TypeError or RangeError for a wrong option; Error if koffi or the library is missing, if launcher and library do not match, or at
 * the second call.
 * @example
 * ```ts
 * import { mpi } from "simdescent/mpi";
 * const world = await mpi();
 * const total = Float64Array.of(1);
 * world.sum(total);
 * console.log(total[0] === world.ranks); // prints true
 * world.close();
 * ```
 */
export async function mpi(options?: MpiOptions): Promise<Ranks> {
  const { library, timeout = 60 } = Object.fromEntries(readOptions("mpi", ["library", "timeout"], options));
  if (library !== undefined && (typeof library !== "string" || library === ""))
    throw wrongKind("mpi: library", "a text that is not empty", library);
  checkNumber("mpi: timeout", "[0,inf)", timeout);
  if (called) throw new Error("mpi expected to be called once in a process");
  called = true;
  const [transport, watchdog] = await connect(library as string | undefined, timeout);
  const process = node();
  let uncaught: { readonly error: unknown } | undefined;
  const note = (error: unknown) => {
    uncaught = { error };
  };
  const desert = (code: number) => world.desert(code, uncaught);
  const world = new World(transport, watchdog, () => {
    process.off("exit", desert);
    process.off("uncaughtExceptionMonitor", note);
  });
  process.on("exit", desert);
  process.on("uncaughtExceptionMonitor", note);
  return world;
}
