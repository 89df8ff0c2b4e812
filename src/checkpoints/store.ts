import type { CheckpointError } from "./checkpointError.js";
import type { Json } from "./contents.js";
import type { Loaded, LoadOptions } from "./load.js";
import type { Saveable } from "./save.js";

/** Options of `folder`. */
export interface StoreOptions {
  /** How many files of the last steps stay. An integer of at least 1. Default 2. */
  readonly keep?: number;
  /** How many files with the smallest losses stay, whatever their steps. An integer of at least 0. Default 1. */
  readonly best?: number;
}

/** Options of a store's `save`. */
export interface StoreSaveOptions {
  /** A value of your own, which `latest` and `best` return. Anything that JSON can hold. */
  readonly extra?: Json;
  /** The loss at this step, by which `best` chooses. NaN and infinity are no loss. */
  readonly loss?: number;
}

/** A file of a store. */
export interface StoredFile {
  /** Its name, such as `step-00001000-loss-0.25.safetensors`. */
  readonly file: string;
  /** Completed steps. */
  readonly t: number;
  /** The loss that was given to `save`; undefined if there was none. */
  readonly loss: number | undefined;
}

/** A file that could not be loaded. */
export interface SkippedFile {
  /** Its name. */
  readonly file: string;
  /** Why. */
  readonly error: CheckpointError;
}

/** What `latest` and `best` of a store loaded. */
export interface Restored extends Loaded {
  /** The name of the file. */
  readonly file: string;
  /** Files that came first, but are damaged. */
  readonly skipped: readonly SkippedFile[];
}

/** A place for the checkpoints of one training. It keeps the last ones and the best ones, and removes the others. */
export interface Store {
  /**
   * Saves the optimizer. Older files go only after the new one is safe. Files of later steps go, too: training went back before them. At an
   * error all files stay as they are.
   * @throws as `saveFile`; Error if there are files of later steps, and this store neither saved nor loaded anything: they belong to another
   * training, or `latest` was forgotten.
   */
  save(opt: Saveable, options?: StoreSaveOptions): void | Promise<void>;
  /**
   * Loads the file of the last step. If it is damaged, loads the one before, and names it in `skipped`.
   * @returns undefined if there is no file
   * @throws CheckpointError if all files are damaged, and as `load`: if the file is of another rule, or of other parameters or options
   */
  latest(opt: Saveable, options?: LoadOptions): Restored | undefined | Promise<Restored | undefined>;
  /** Loads the file with the smallest loss, as `latest` does. Undefined if no file has a loss. */
  best(opt: Saveable, options?: LoadOptions): Restored | undefined | Promise<Restored | undefined>;
  /** The files, by step. */
  list(): readonly StoredFile[] | Promise<readonly StoredFile[]>;
}

/**
 * What `fit` gives to the stores of this package, and gets back, beside what users see: the state of the training loop. It is a property of
 * the options of `save`, and of the results of `latest` and `best`, where the file has one.
 * @internal
 */
export interface WithFit {
  readonly fit?: Json;
}
