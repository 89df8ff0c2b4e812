import type { Directory } from "../checkpoints/directory.js";
import type { LoadOptions } from "../checkpoints/load.js";
import type { Saveable } from "../checkpoints/save.js";
import type { Restored, Store, StoredFile, StoreOptions, StoreSaveOptions } from "../checkpoints/store.js";
import { type Program, StoreFiles } from "../checkpoints/storeFiles.js";
import { readFile, removeFile, renameFile, syncFolder, writeFile } from "./durableFiles.js";
import { codeOf, type NodeFiles, nodeFiles, nodePaths } from "./fileSystem.js";
import { checkPath } from "./saveFile.js";

/** A store whose methods return when they are done. */
export interface FolderStore extends Store {
  /** Saves the optimizer, as `saveFile` does. Then removes older files. */
  save(opt: Saveable, options?: StoreSaveOptions): void;
  /** Loads the file of the last step, or the last one that is not damaged. Undefined if there is no file. */
  latest(opt: Saveable, options?: LoadOptions): Restored | undefined;
  /** Loads the file with the smallest loss that is not damaged. Undefined if no file has a loss. */
  best(opt: Saveable, options?: LoadOptions): Restored | undefined;
  /** The files, by step. */
  list(): readonly StoredFile[];
}

/** Makes a folder, and brings its name to the disk, and those of the folders above that are new. */
function makeFolder(fs: NodeFiles, path: string): void {
  const { dirname, resolve } = nodePaths();
  const first = fs.mkdirSync(path, { recursive: true });
  if (first === undefined) return;
  const end = dirname(resolve(first));
  let folder = resolve(path);
  do {
    folder = dirname(folder);
    syncFolder(fs, folder);
  } while (folder !== end);
}

function directoryAt(fs: NodeFiles, path: string): Directory {
  const at = (name: string) => nodePaths().join(path, name);
  return {
    names() {
      try {
        return fs.readdirSync(path);
      } catch (error) {
        if (codeOf(error) === "ENOENT") return []; // save() makes it
        throw error;
      }
    },
    write(name, fill) {
      makeFolder(fs, path);
      writeFile(fs, at(name), fill, true);
    },
    read: (name, use) => readFile(fs, at(name), use),
    rename: (from, to) => renameFile(fs, at(from), at(to)),
    remove: (name) => removeFile(fs, at(name)),
  };
}

/** Runs a program whose directory returns values. */
function run<T>(program: Program<T>): T {
  let { done, value } = program.next();
  while (!done) ({ done, value } = program.next(value as never));
  return value as T;
}

/** `folder` with these functions of `node:fs`. @internal */
export function folderWith(fs: NodeFiles, path: string, options?: StoreOptions): FolderStore {
  checkPath("folder", path);
  const files = new StoreFiles(directoryAt(fs, path), options);
  return {
    save: (opt, options) => run(files.save(opt, options)),
    latest: (opt, options) => run(files.latest(opt, options)),
    best: (opt, options) => run(files.best(opt, options)),
    list: () => run(files.list()),
  };
}

/**
 * A folder with the checkpoints of one training, one file for each `save`: `step-00001000.safetensors` has the state after 1000 steps. With
 * the option `loss` of `save`, the name has the loss. The last `keep` files stay, and the `best` ones by loss, whose names then begin
 * with `best`. Every file is written as `saveFile` does. `save` makes the folder if it does not exist.
 * @throws TypeError or RangeError for a wrong option
 * @example
 * ```ts
 * import { rmSync } from "node:fs";
 * import { folder } from "simdescent/node";
 * const opt = adam({ x: 2 });
 * const store = folder("example-run", { keep: 2, best: 1 });
 * store.latest(opt); // resumes if there is a file
 * for (const loss of [0.5, 0.1, 0.3, 0.2]) {
 *   opt.grads.x.fill(1);
 *   opt.step();
 *   store.save(opt, { loss });
 * }
 * console.log(store.list().map(({ t }) => t).join()); // prints 2,3,4
 * console.log(store.best(opt)?.t); // prints 2
 * rmSync("example-run", { recursive: true });
 * ```
 */
export function folder(path: string, options?: StoreOptions): FolderStore {
  return folderWith(nodeFiles(), path, options);
}
