// Files that are whole after a crash or a loss of power: a temporary file is written, fsync brings it to the disk, rename puts it in the
// place of the old one, and fsync of the folder brings the new name to the disk.

import { temporaryName } from "../checkpoints/rotation.js";
import type { Source } from "../checkpoints/source.js";
import { codeOf, type NodeFiles, nodePaths, processId } from "./fileSystem.js";

/** What fsync of a folder throws where a system has none: Windows, and some file systems. */
const unsupported = ["EPERM", "EINVAL", "EISDIR", "ENOTSUP"];

/** What rename throws on Windows while another program, such as a virus scanner, has the file open. */
const busy = ["EPERM", "EBUSY", "EACCES"];

/** Renames a file. Tries again for 155 ms in all while another program has one of the two open. @internal */
export function renameFile(fs: NodeFiles, from: string, to: string): void {
  for (let wait = 5; ; wait *= 2) {
    try {
      fs.renameSync(from, to);
      return;
    } catch (error) {
      if (wait > 80 || !busy.includes(codeOf(error) as string)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, wait);
    }
  }
}

/** Calls `use` with an open file, and closes it. */
function withFile<T>(fs: NodeFiles, path: string, flags: "wx" | "r", use: (fd: number) => T): T {
  const fd = fs.openSync(path, flags);
  let result: T;
  try {
    result = use(fd);
  } catch (error) {
    try {
      fs.closeSync(fd);
    } catch {} // the first error says more
    throw error;
  }
  fs.closeSync(fd);
  return result;
}

/** Brings the names in a folder to the disk. @internal */
export function syncFolder(fs: NodeFiles, folder: string): void {
  try {
    withFile(fs, folder, "r", (fd) => fs.fsyncSync(fd));
  } catch (error) {
    if (!unsupported.includes(codeOf(error) as string)) throw error;
  }
}

/** Writes all of a piece: one call may write a part. */
function writeAll(fs: NodeFiles, fd: number, piece: Uint8Array): void {
  for (let at = 0; at < piece.length; ) {
    const written = fs.writeSync(fd, piece, at, piece.length - at);
    if (written === 0) throw new Error("the file takes no more bytes");
    at += written;
  }
}

/**
 * Writes a file. At an error the old one stays, and the temporary one is removed. Only if fsync of the folder throws, the new one is there.
 * @internal
 */
export function writeFile(fs: NodeFiles, path: string, fill: (write: (piece: Uint8Array) => void) => void, sync: boolean): void {
  const temporary = temporaryName(path, processId());
  let made = false;
  try {
    withFile(fs, temporary, "wx", (fd) => {
      made = true;
      fill((piece) => writeAll(fs, fd, piece));
      if (sync) fs.fsyncSync(fd);
    });
    renameFile(fs, temporary, path);
  } catch (error) {
    try {
      if (made) fs.unlinkSync(temporary);
    } catch {} // the first error says more
    throw error;
  }
  if (sync) syncFolder(fs, nodePaths().dirname(path));
}

/** Opens a file, calls `use` with its bytes, and closes it. @internal */
export function readFile<T>(fs: NodeFiles, path: string, use: (source: Source) => T): T {
  return withFile(fs, path, "r", (fd) => {
    const { size } = fs.fstatSync(fd);
    const read = (into: Uint8Array, at: number) => {
      for (let from = 0; from < into.length; ) {
        const bytes = fs.readSync(fd, into, from, into.length - from, at + from);
        if (bytes === 0) throw new Error(`${path} became shorter while it was read`);
        from += bytes;
      }
    };
    return use({ size, read });
  });
}

/** Removes a file, if it exists. @internal */
export function removeFile(fs: NodeFiles, path: string): void {
  try {
    fs.unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}
