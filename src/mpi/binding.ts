// Calls of a library of MPI, without copies: koffi passes the address of a typed array, of a view of WebAssembly memory too. A library
// cannot report into memory that the garbage collector moves, so there are no calls that go on in the background.

import { type Abi, abiOf, type Handle, type Library } from "./abi.js";
import type { Local, Numbers, Transport } from "./transport.js";

const success = 0;

/** The kinds of parameters: a handle, an int, a pointer. */
type Kind = "handle" | "int" | "pointer";

const parameters = {
  MPI_Init_thread: ["pointer", "pointer", "int", "pointer"],
  MPI_Initialized: ["pointer"],
  MPI_Comm_set_errhandler: ["handle", "handle"],
  MPI_Error_string: ["int", "pointer", "pointer"],
  MPI_Get_library_version: ["pointer", "pointer"],
  MPI_Comm_rank: ["handle", "pointer"],
  MPI_Comm_size: ["handle", "pointer"],
  MPI_Comm_split_type: ["handle", "int", "int", "handle", "pointer"],
  MPI_Comm_free: ["pointer"],
  MPI_Bcast: ["pointer", "int", "handle", "int", "handle"],
  MPI_Alltoallv: [
    ...["pointer", "pointer", "pointer", "handle"],
    ...["pointer", "pointer", "pointer", "handle", "handle"],
  ] as Kind[],
  MPI_Allgatherv: ["pointer", "int", "handle", "pointer", "pointer", "pointer", "handle", "handle"],
  MPI_Reduce_local: ["pointer", "pointer", "int", "handle", "handle"],
  MPI_Finalize: [],
  MPI_Abort: ["handle", "int"],
} as const satisfies { readonly [name: string]: readonly Kind[] };

type Call = keyof typeof parameters;

/** Numbers of one call of MPI: an int. A longer array goes in parts. */
const most = 2 ** 30;

/** Milliseconds for all ranks to leave the last collective. */
const pause = 100;

const textIn = (bytes: Uint8Array, length: number) => new TextDecoder().decode(bytes.slice(0, length)).replace(/\0.*$/s, "");

/** `MPICH 4.0.2` from what the library says about itself, which may be many lines. */
export function shortVersion(text: string): string {
  const [, mpich] = /^MPICH Version:\s*(\S+)/m.exec(text) ?? [];
  if (mpich) return `MPICH ${mpich}`;
  const [, open] = /^Open MPI v([^\s,]+)/.exec(text) ?? [];
  if (open) return `Open MPI ${open}`;
  return (text.trim().split("\n")[0] ?? "").slice(0, 80);
}

/** A library of MPI, in which this process is one rank. */
export class Binding implements Transport {
  readonly #abi: Abi;
  readonly #library: Library;
  readonly #calls = new Map<Call, (...values: unknown[]) => number>();
  readonly #int = new Int32Array(1);
  readonly rank: number;
  readonly ranks: number;
  readonly local: Local;
  readonly library: string;

  /** Initializes MPI, together with all other ranks. `path` is the file of the library. @throws Error that says what MPI says */
  constructor(library: Library, path: string) {
    this.#library = library;
    this.#abi = abiOf(library, path);
    const { world, funneled, errorsReturn } = this.#abi;
    if (this.#read("MPI_Initialized") !== 0)
      throw new Error(`mpi: MPI expected to be initialized by mpi(), got ${path} in use already`);
    this.#call("MPI_Init_thread", null, null, funneled, this.#int);
    this.#call("MPI_Comm_set_errhandler", world, errorsReturn);
    this.rank = this.#read("MPI_Comm_rank", world);
    this.ranks = this.#read("MPI_Comm_size", world);
    this.library = this.#version();
    this.local = this.#findLocal();
  }

  #function(name: Call): (...values: unknown[]) => number {
    const known = this.#calls.get(name);
    if (known) return known;
    const types = { handle: this.#abi.handle, int: "int", pointer: "void *" };
    const declared = this.#library.func(
      name,
      "int",
      parameters[name].map((kind) => types[kind]),
    );
    this.#calls.set(name, declared);
    return declared;
  }

  /** @throws Error with the text of MPI */
  #call(name: Call, ...values: unknown[]): void {
    const code = this.#function(name)(...values);
    if (code !== success) throw new Error(`mpi: ${name} expected to succeed, got: ${this.#errorText(code)}`);
  }

  #errorText(code: number): string {
    const text = new Uint8Array(this.#abi.errorText);
    const found = this.#function("MPI_Error_string")(code, text, this.#int) === success;
    return found ? textIn(text, this.#int[0] as number) : `error ${code}`;
  }

  /** Calls a function whose last parameter takes the address of an int, and returns the int. */
  #read(name: Call, ...values: unknown[]): number {
    this.#call(name, ...values, this.#int);
    return this.#int[0] as number;
  }

  #version(): string {
    const text = new Uint8Array(this.#abi.versionText);
    return shortVersion(textIn(text, this.#read("MPI_Get_library_version", text)));
  }

  #findLocal(): Local {
    const { world, shared, noInfo, handleBytes } = this.#abi;
    const out = new Uint8Array(8);
    this.#call("MPI_Comm_split_type", world, shared, this.rank, noInfo, out);
    const host: Handle =
      handleBytes === 4 ? (new Int32Array(out.buffer)[0] as number) : (new BigInt64Array(out.buffer)[0] as bigint);
    const local = Object.freeze({ rank: this.#read("MPI_Comm_rank", host), ranks: this.#read("MPI_Comm_size", host) });
    this.#call("MPI_Comm_free", out);
    return local;
  }

  #typeOf(array: Numbers | Uint8Array): Handle {
    const { byte, float, double } = this.#abi;
    return { 1: byte, 4: float, 8: double }[array.BYTES_PER_ELEMENT] as Handle;
  }

  broadcast(array: Uint8Array, root: number): void {
    const { byte, world } = this.#abi;
    for (let at = 0; at < array.length; at += most) {
      const part = array.subarray(at, at + most);
      this.#call("MPI_Bcast", part, part.length, byte, root, world);
    }
  }

  exchange(from: Numbers, counts: Int32Array, offsets: Int32Array, into: Numbers, length: number): void {
    const type = this.#typeOf(from);
    const sent = counts.slice();
    const received = counts.map(() => length);
    sent[this.rank] = received[this.rank] = 0;
    const places = counts.map((_, rank) => rank * length);
    this.#call("MPI_Alltoallv", from, sent, offsets, type, into, received, places, type, this.#abi.world);
  }

  gather(array: Numbers | Uint8Array, counts: Int32Array, offsets: Int32Array): void {
    const { inPlace, world } = this.#abi;
    const type = this.#typeOf(array);
    this.#call("MPI_Allgatherv", inPlace, 0, type, array, counts, offsets, type, world);
  }

  add(from: Numbers, into: Numbers): void {
    for (let at = 0; at < into.length; at += most) {
      const part = into.subarray(at, at + most);
      this.#call("MPI_Reduce_local", from.subarray(at, at + most), part, part.length, this.#typeOf(into), this.#abi.sum);
    }
  }

  finalize(): void {
    // MPICH over UCX: if a rank begins to end while another is in the last collective, the late one waits forever for an answer.
    if (this.local.ranks < this.ranks) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
    this.#call("MPI_Finalize");
  }

  abort(code: number): void {
    this.#function("MPI_Abort")(this.#abi.world, code);
  }
}
