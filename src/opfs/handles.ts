// The handles of OPFS (https://fs.spec.whatwg.org/), as far as checkpoints need them. TypeScript's DOM has no access handle and no move().

/** A folder. @internal */
export interface FolderHandle {
  keys(): AsyncIterable<string>;
  getDirectoryHandle(name: string, options: { create: boolean }): Promise<FolderHandle>;
  getFileHandle(name: string, options?: { create: boolean }): Promise<FileHandle>;
  removeEntry(name: string): Promise<void>;
}

/** A file. @internal */
export interface FileHandle {
  getFile(): Promise<Blob>;
  /** Synchronous access. Only in workers. */
  createSyncAccessHandle?(): Promise<AccessHandle>;
  /** Writes to another file, which replaces this one at close(). Not in older versions of Safari. */
  createWritable?(): Promise<Writable>;
  /** Renames the file. Replaces another one. Not in the standard yet. WebKit needs the folder, too. */
  move?(folder: FolderHandle, name: string): Promise<void>;
}

/** An open file. @internal */
export interface AccessHandle {
  getSize(): number;
  read(into: Uint8Array, options: { at: number }): number;
  write(bytes: Uint8Array, options: { at: number }): number;
  flush(): void;
  close(): void;
}

interface Writable {
  write(data: Blob): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}

/** The folder of the site. @throws Error where there is none. @internal */
export function root(): Promise<FolderHandle> {
  const { storage } = (globalThis.navigator ?? {}) as { storage?: { getDirectory?(): Promise<FolderHandle> } };
  if (!storage?.getDirectory) throw new Error("folder: expected a browser with OPFS, on a page from https or localhost");
  return storage.getDirectory();
}
