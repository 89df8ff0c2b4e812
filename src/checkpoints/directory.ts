import type { Source } from "./source.js";

type Awaitable<T> = T | Promise<T>;

/** A folder of files. Methods return promises where the platform does. @internal */
export interface Directory {
  /** The names of all files. */
  names(): Awaitable<readonly string[]>;
  /**
   * Writes a file, which replaces one of this name. `fill` runs once, synchronously, and gives the bytes in pieces. At an error, also at a
   * crash, the old file stays. Returns after a loss of power can take the new one no more.
   */
  write(name: string, fill: (write: (piece: Uint8Array) => void) => void): Awaitable<void>;
  /** Opens a file, calls `use`, and closes it. */
  read<T>(name: string, use: (source: Source) => T): Awaitable<T>;
  /** Replaces a file of the name `to`. */
  rename(from: string, to: string): Awaitable<void>;
  /** Removes a file, if it exists. */
  remove(name: string): Awaitable<void>;
}
