import { expect, test } from "vitest";
import { shortVersion } from "../../src/mpi/binding.js";

test.each([
  ["MPICH Version:\t4.0.2\nMPICH Release date:\tThu Apr  7 12:34:45 CDT 2022\n", "MPICH 4.0.2"],
  ["Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4, repo rev: v4.1.4, May 26, 2022", "Open MPI 4.1.4"],
  ["Intel(R) MPI Library 2021.9 for Linux* OS\n", "Intel(R) MPI Library 2021.9 for Linux* OS"],
])("%j is %s", (text, version) => {
  expect(shortVersion(text)).toBe(version);
});
