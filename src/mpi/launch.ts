// Which launcher started this process, from the variables that it sets.

import type { Environment } from "./process.js";

/** A family of MPI libraries, which one launcher starts. */
export type Family = "MPICH" | "Open MPI";

/** The launcher of this process. */
export interface Launch {
  /** The families to look for, the likeliest first. */
  readonly families: readonly Family[];
  /** How many ranks it started, and the variable that says so; undefined if it does not say. */
  readonly started?: { readonly ranks: number; readonly variable: string };
  /** The number of this rank, for messages before MPI says it. */
  readonly rank: string | undefined;
}

/** The variables of launchers that set the number of ranks. Those of a job inside of another one come first. */
const launchers: readonly [ranks: string, rank: string, families: readonly Family[]][] = [
  ["OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", ["Open MPI"]],
  ["PMI_SIZE", "PMI_RANK", ["MPICH"]],
];

/** The launcher; undefined if the process was started without one. */
export function findLaunch(env: Environment): Launch | undefined {
  for (const [variable, rank, families] of launchers) {
    const ranks = Number(env[variable]);
    if (Number.isSafeInteger(ranks) && ranks > 0) return { families, started: { ranks, variable }, rank: env[rank] };
  }
  // Other launchers, such as srun, say the rank alone: https://pmix.github.io, and the interface PMI before it.
  if (env.PMIX_RANK !== undefined) return { families: ["Open MPI", "MPICH"], rank: env.PMIX_RANK };
  if (env.PMI_RANK !== undefined) return { families: ["MPICH", "Open MPI"], rank: env.PMI_RANK };
  return undefined;
}
