import { expect, test } from "vitest";
import { abiOf } from "../../src/mpi/abi.js";

/** A library with these symbols, at addresses from 16. */
const library = (...symbols: string[]) => ({
  func: () => () => 0,
  symbol(name: string) {
    const index = symbols.indexOf(name);
    if (index < 0) throw new Error(`no ${name}`);
    return BigInt(16 * (index + 1));
  },
});

test("Open MPI's handles are addresses", () => {
  const names = ["comm_world", "float", "double", "byte", "op_sum", "info_null", "errors_return"].map(
    (name) => `ompi_mpi_${name}`,
  );
  expect(abiOf(library("MPI_Init_thread", ...names), "libmpi.so.40")).toMatchObject({ handle: "void *", world: 32n, sum: 96n });
});

test("MPICH's handles are numbers, in its version 5 too", () => {
  const wanted = { handle: "int", handleBytes: 4, world: 0x44000000 };
  expect(abiOf(library("MPI_Init_thread"), "libmpich.so.12")).toMatchObject(wanted);
  expect(abiOf(library("MPI_Init_thread", "MPI_Abi_get_version"), "/opt/a_abi/libmpi.so.12")).toMatchObject(wanted);
});

test("the ABI of MPI 5, by the name of the file", () => {
  const found = abiOf(library("MPI_Init_thread", "MPI_Abi_get_version"), "/opt/lib/libmpi_abi.so.1");
  expect(found).toMatchObject({ handle: "intptr_t", handleBytes: 8, world: 0x101 });
});

test("a library that is not one of MPI", () => {
  const wanted = "mpi: library expected a library of MPI, got libc.so.6, which has no MPI_Init_thread";
  expect(() => abiOf(library("malloc"), "libc.so.6")).toThrow(wanted);
});
