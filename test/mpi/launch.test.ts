import { expect, test } from "vitest";
import { findLaunch } from "../../src/mpi/launch.js";

test.each([
  ["no launcher", {}, undefined],
  [
    "Open MPI",
    { OMPI_COMM_WORLD_SIZE: "4", OMPI_COMM_WORLD_RANK: "3", PMIX_RANK: "3" },
    { families: ["Open MPI"], started: { ranks: 4, variable: "OMPI_COMM_WORLD_SIZE" }, rank: "3" },
  ],
  ["MPICH", { PMI_SIZE: "2", PMI_RANK: "0" }, { families: ["MPICH"], started: { ranks: 2, variable: "PMI_SIZE" }, rank: "0" }],
  ["another with PMIx", { PMIX_RANK: "1" }, { families: ["Open MPI", "MPICH"], rank: "1" }],
  ["another with PMI", { PMI_RANK: "1" }, { families: ["MPICH", "Open MPI"], rank: "1" }],
  ["a variable without a number", { PMI_SIZE: "" }, undefined],
])("%s", (_, env, launch) => {
  expect(findLaunch(env)).toEqual(launch);
});
