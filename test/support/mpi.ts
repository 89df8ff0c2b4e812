// Runs programs on several ranks, with the launchers of Debian.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

export interface Launcher {
  readonly name: "MPICH" | "Open MPI";
  readonly command: string;
  readonly library: string;
}

export const launchers: readonly Launcher[] = [
  { name: "MPICH", command: "mpirun.mpich", library: "libmpich.so.12" },
  { name: "Open MPI", command: "mpirun.openmpi", library: "libmpi.so.40" },
];

/** Why a launcher cannot run; undefined if it can. */
export function missing({ command }: Launcher): string | undefined {
  return spawnSync(command, ["--version"]).error ? `${command} is not installed` : undefined;
}

/** Open MPI starts as root, and with more ranks than processors; then ranks that wait give their processor away. */
const environment = {
  ...process.env,
  OMPI_ALLOW_RUN_AS_ROOT: "1",
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1",
  OMPI_MCA_rmaps_base_oversubscribe: "1",
  OMPI_MCA_mpi_yield_when_idle: "1",
};

/** What a program left. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** Seconds after which a run is killed, with the status 137. */
export const limit = 120;

/** Runs a program of test/mpi/programs, on some ranks of a launcher, or without one. */
export function runRanks(launcher: Launcher | undefined, ranks: number, program: string, args: string[], env = {}): Ended {
  const started = launcher ? [launcher.command, "-n", String(ranks)] : [];
  const file = program.includes("/") ? program : `test/mpi/programs/${program}`;
  const all = ["-s", "KILL", String(limit), ...started, process.execPath, file, ...args];
  const begin = performance.now();
  const { status, stdout, stderr } = spawnSync("timeout", all, { cwd: root, encoding: "utf8", env: { ...environment, ...env } });
  return { status, stdout, stderr, seconds: (performance.now() - begin) / 1000 };
}
