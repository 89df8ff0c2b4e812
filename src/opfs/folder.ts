import type { LoadOptions } from "../checkpoints/load.js";
import type { Saveable } from "../checkpoints/save.js";
import type { Restored, Store, StoredFile, StoreOptions, StoreSaveOptions } from "../checkpoints/store.js";
import { type Program, StoreFiles } from "../checkpoints/storeFiles.js";
import { wrongKind } from "../checks/errors.js";
import { handleDirectory } from "./handleDirectory.js";
import { root } from "./handles.js";

/** A store whose methods return promises. Await each before the next step. */
export interface OpfsStore extends Store {
  /** Saves the optimizer. Then removes older files. */
  save(opt: Saveable, options?: StoreSaveOptions): Promise<void>;
  /** Loads the file of the last step, or the last one that is not damaged. Undefined if there is no file. */
  latest(opt: Saveable, options?: LoadOptions): Promise<Restored | undefined>;
  /** Loads the file with the smallest loss that is not damaged. Undefined if no file has a loss. */
  best(opt: Saveable, options?: LoadOptions): Promise<Restored | undefined>;
  /** The files, by step. */
  list(): Promise<readonly StoredFile[]>;
}

/** Runs a program whose directory returns promises. */
async function run<T>(program: Program<T>): Promise<T> {
  let next = program.next();
  while (!next.done) {
    let value: unknown;
    try {
      value = await next.value;
    } catch (error) {
      next = program.throw(error);
      continue;
    }
    next = program.next(value as never);
  }
  return next.value;
}

/**
 * A folder with the checkpoints of one training, in the browser's file system for the site (OPFS), as `folder` of `simdescent/node` makes it.
 * In a worker, files are written and read without a copy. On a page, `save` and `latest` allocate the bytes of the file. The browser
 * may delete the files of a site if the disk is full, unless `navigator.storage.persist()` returns true.
 * @param name of the folder; with "/" between those of nested folders. It is made if it does not exist.
 * @throws Error where there is no OPFS; TypeError or RangeError for a wrong option
 * @example
 * ```ts
 * import { folder } from "simdescent/opfs";
 * async function train() { // in a browser
 *   const opt = adam({ x: 2 });
 *   const store = await folder("run", { keep: 2, best: 1 });
 *   await store.latest(opt); // resumes if there is a file
 *   while (opt.t < 1000) {
 *     opt.grads.x.fill(1);
 *     opt.step();
 *     if (opt.t % 100 === 0) await store.save(opt);
 *   }
 * }
 * ```
 */
export async function folder(name: string, options?: StoreOptions): Promise<OpfsStore> {
  if (typeof name !== "string" || name === "") throw wrongKind("folder: name", "a text that is not empty", name);
  let handle = await root();
  for (const part of name.split("/")) handle = await handle.getDirectoryHandle(part, { create: true });
  const files = new StoreFiles(handleDirectory(handle), options);
  return {
    save: (opt, options) => run(files.save(opt, options)),
    latest: (opt, options) => run(files.latest(opt, options)),
    best: (opt, options) => run(files.best(opt, options)),
    list: () => run(files.list()),
  };
}
