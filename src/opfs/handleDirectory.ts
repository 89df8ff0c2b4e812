import type { Directory } from "../checkpoints/directory.js";
import { temporaryName } from "../checkpoints/rotation.js";
import type { Source } from "../checkpoints/source.js";
import type { AccessHandle, FileHandle, FolderHandle } from "./handles.js";

type Fill = (write: (piece: Uint8Array) => void) => void;

/** A copy of the bytes that steps do not change. A Blob takes no shared memory. */
const copy = (piece: Uint8Array) =>
  new Blob([piece.buffer instanceof ArrayBuffer ? (piece as Uint8Array<ArrayBuffer>) : piece.slice()]);

/** Writes through an access handle: no copy. */
function writeAll(handle: AccessHandle, fill: Fill): void {
  let at = 0;
  fill((piece) => {
    for (let from = 0; from < piece.length; ) {
      const written = handle.write(piece.subarray(from), { at });
      if (!(written > 0)) throw new Error("the file takes no more bytes"); // the quota
      from += written;
      at += written;
    }
  });
  handle.flush();
}

/** Replaces the contents of a file at once. */
async function replace(file: FileHandle, contents: Blob): Promise<void> {
  if (!file.createWritable) throw new Error("save: this browser writes files of OPFS only in workers");
  const writable = await file.createWritable();
  try {
    await writable.write(contents);
  } catch (error) {
    await writable.abort().catch(() => {}); // the first error says more
    throw error;
  }
  await writable.close();
}

const sourceOf = (handle: AccessHandle): Source => ({
  size: handle.getSize(),
  read(into, at) {
    for (let from = 0; from < into.length; ) {
      const bytes = handle.read(into.subarray(from), { at: at + from });
      if (!(bytes > 0)) throw new Error("the file became shorter while it was read");
      from += bytes;
    }
  },
});

/** A folder of OPFS. In workers files are written and read in place, elsewhere through copies. @internal */
export function handleDirectory(folder: FolderHandle): Directory {
  const create = (name: string) => folder.getFileHandle(name, { create: true });

  async function remove(name: string): Promise<void> {
    try {
      await folder.removeEntry(name);
    } catch (error) {
      if ((error as Partial<DOMException>).name !== "NotFoundError") throw error;
    }
  }

  async function rename(file: FileHandle, from: string, to: string): Promise<void> {
    if (file.move) return file.move(folder, to);
    await replace(await create(to), await file.getFile());
    await remove(from);
  }

  async function write(name: string, fill: Fill): Promise<void> {
    // With a name of its own until it is whole: createWritable(), too, begins with an empty file.
    const temporary = temporaryName(name, "page");
    const file = await create(temporary);
    try {
      if (file.createSyncAccessHandle) {
        const handle = await file.createSyncAccessHandle();
        try {
          writeAll(handle, fill);
        } finally {
          handle.close();
        }
      } else {
        const pieces: Blob[] = [];
        fill((piece) => pieces.push(copy(piece)));
        await replace(file, new Blob(pieces));
      }
      await rename(file, temporary, name);
    } catch (error) {
      await remove(temporary).catch(() => {}); // the first error says more
      throw error;
    }
  }

  return {
    async names() {
      const names: string[] = [];
      for await (const name of folder.keys()) names.push(name);
      return names;
    },
    write,
    async read(name, use) {
      const file = await folder.getFileHandle(name);
      if (!file.createSyncAccessHandle) {
        const bytes = new Uint8Array(await (await file.getFile()).arrayBuffer());
        return use({ size: bytes.length, read: (into, at) => into.set(bytes.subarray(at, at + into.length)) });
      }
      const handle = await file.createSyncAccessHandle();
      try {
        return use(sourceOf(handle));
      } finally {
        handle.close();
      }
    },
    rename: async (from, to) => rename(await folder.getFileHandle(from), from, to),
    remove,
  };
}
