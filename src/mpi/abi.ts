// The binary interfaces (ABIs) of MPI libraries: the values that stand for the names of mpi.h. The values were printed by programs in C,
// except MPI_INFO_NULL, which is of the documents of MPICH and MPI 5.

/** A handle as koffi takes it: an int of MPICH, an address of Open MPI, an intptr_t of the standard ABI of MPI 5. */
export type Handle = number | bigint;

/** What koffi gives for a library. */
export interface Library {
  func(name: string, result: string, parameters: readonly string[]): (...values: unknown[]) => number;
  /** The address of a symbol. @throws Error if there is none */
  symbol(name: string): bigint;
}

/** One ABI. */
export interface Abi {
  /** The type of a handle in C. */
  readonly handle: "int" | "void *" | "intptr_t";
  /** Bytes of a handle. */
  readonly handleBytes: 4 | 8;
  readonly world: Handle;
  readonly float: Handle;
  readonly double: Handle;
  readonly byte: Handle;
  readonly sum: Handle;
  readonly noInfo: Handle;
  readonly errorsReturn: Handle;
  readonly inPlace: bigint;
  /** MPI_THREAD_FUNNELED: only the main thread calls. */
  readonly funneled: number;
  /** MPI_COMM_TYPE_SHARED: the ranks of a host. */
  readonly shared: number;
  /** Bytes for the text of an error. */
  readonly errorText: number;
  /** Bytes for the version of the library. */
  readonly versionText: number;
}

const mpich: Abi = {
  handle: "int",
  handleBytes: 4,
  world: 0x44000000,
  float: 0x4c00040a,
  double: 0x4c00080b,
  byte: 0x4c00010d,
  sum: 0x58000003,
  noInfo: 0x1c000000,
  errorsReturn: 0x54000001,
  inPlace: 0xffff_ffff_ffff_ffffn,
  funneled: 1,
  shared: 1,
  errorText: 512,
  versionText: 8192,
};

const standard: Abi = {
  handle: "intptr_t",
  handleBytes: 8,
  world: 0x101,
  float: 0x210,
  double: 0x214,
  byte: 0x247,
  sum: 0x21,
  noInfo: 0x130,
  errorsReturn: 0x143,
  inPlace: 1n,
  funneled: 1024,
  shared: 221,
  errorText: 512,
  versionText: 8192,
};

const openMpi = (library: Library): Abi => ({
  handle: "void *",
  handleBytes: 8,
  world: library.symbol("ompi_mpi_comm_world"),
  float: library.symbol("ompi_mpi_float"),
  double: library.symbol("ompi_mpi_double"),
  byte: library.symbol("ompi_mpi_byte"),
  sum: library.symbol("ompi_mpi_op_sum"),
  noInfo: library.symbol("ompi_mpi_info_null"),
  errorsReturn: library.symbol("ompi_mpi_errors_return"),
  inPlace: 1n,
  funneled: 1,
  shared: 0,
  errorText: 256,
  versionText: 256,
});

function has(library: Library, symbol: string): boolean {
  try {
    library.symbol(symbol);
    return true;
  } catch {
    return false;
  }
}

/** The ABI of a library, by its symbols. `path` is its file. @throws Error if it is no MPI library */
export function abiOf(library: Library, path: string): Abi {
  if (has(library, "ompi_mpi_comm_world")) return openMpi(library);
  // MPICH 5 has this function in its own ABI, too.
  if (has(library, "MPI_Abi_get_version") && /_abi\b[^/]*$/.test(path)) return standard;
  if (has(library, "MPI_Init_thread")) return mpich;
  throw new Error(`mpi: library expected a library of MPI, got ${path}, which has no MPI_Init_thread`);
}
