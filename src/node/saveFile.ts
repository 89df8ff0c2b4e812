import { type Loaded, type LoadOptions, loadFrom } from "../checkpoints/load.js";
import { targetOf } from "../checkpoints/rotation.js";
import { contentsOf, readSaveOptions, type Saveable, type SaveOptions, write } from "../checkpoints/save.js";
import { checkBoolean, readOptions } from "../checks/check.js";
import { wrongKind } from "../checks/errors.js";
import { readFile, removeFile, writeFile } from "./durableFiles.js";
import { type NodeFiles, nodeFiles, nodePaths } from "./fileSystem.js";

/** Options of `saveFile`. */
export interface SaveFileOptions extends SaveOptions {
  /** Whether to wait until the file is on the disk. false is faster, but a loss of power may take the new file and the old one. Default true. */
  readonly sync?: boolean;
}

/** Throws unless `path` is a text that may name a file. @internal */
export function checkPath(caller: string, path: unknown): asserts path is string {
  if (typeof path !== "string" || path === "") throw wrongKind(`${caller}: path`, "a text that is not empty", path);
}

/** `saveFile` with these functions of `node:fs`. @internal */
export function saveFileWith(fs: NodeFiles, path: string, opt: Saveable, options: SaveFileOptions = {}): void {
  checkPath("saveFile", path);
  const { sync = true, ...rest } = Object.fromEntries(readOptions("saveFile", ["extra", "only", "sync"], options));
  checkBoolean("saveFile: sync", sync);
  const given = readSaveOptions("saveFile", rest);
  contentsOf("saveFile", opt); // throws for other values
  const { dirname, basename, join } = nodePaths();
  const folder = dirname(path);
  // Temporary files of killed processes, which take room.
  for (const name of fs.readdirSync(folder)) if (targetOf(name) === basename(path)) removeFile(fs, join(folder, name));
  writeFile(fs, path, (piece) => write("saveFile", opt, given, piece), sync);
}

/**
 * Saves an optimizer to a file, as `save` does, without a copy in memory. The file is whole at any time: after an error, a crash or a loss of
 * power, it is the old one or the new one. The folder must exist.
 * @param path the file, which is replaced if it exists
 * @throws as `save`, and errors of `node:fs`. Then the old file stays, unless only the fsync of the folder failed.
 * @example
 * ```ts
 * import { saveFile } from "simdescent/node";
 * saveFile("example.safetensors", adam({ x: 2 }), { extra: { seed: 3 } });
 * ```
 */
export function saveFile(path: string, opt: Saveable, options?: SaveFileOptions): void {
  saveFileWith(nodeFiles(), path, opt, options);
}

/** `loadFile` with these functions of `node:fs`. @internal */
export function loadFileWith(fs: NodeFiles, path: string, opt: Saveable, options?: LoadOptions): Loaded {
  checkPath("loadFile", path);
  return readFile(fs, path, (source) => loadFrom("loadFile", opt, source, options)).loaded;
}

/**
 * Loads a file as `load` does. Reads it in pieces, straight into the memory of the optimizer.
 * @throws as `load`, and errors of `node:fs`
 * @example
 * ```ts
 * import { rmSync } from "node:fs";
 * import { loadFile } from "simdescent/node";
 * const { t, extra } = loadFile("example.safetensors", adam({ x: 2 }));
 * console.log(t, JSON.stringify(extra)); // prints 0 {"seed":3}
 * rmSync("example.safetensors");
 * ```
 */
export function loadFile(path: string, opt: Saveable, options?: LoadOptions): Loaded {
  return loadFileWith(nodeFiles(), path, opt, options);
}
