import { readOptions } from "../checks/check.js";
import { wrongKind } from "../checks/errors.js";
import { checkOptions } from "../checks/options.js";
import { CheckpointError } from "./checkpointError.js";
import type { Json } from "./contents.js";
import type { Directory } from "./directory.js";
import { type LoadOptions, loadFrom } from "./load.js";
import { bestFirst, latestFirst, leftovers, listed, nameOf, rotation } from "./rotation.js";
import { contentsOf, readSaveOptions, type Saveable, type SaveOptions, write } from "./save.js";
import type { Restored, SkippedFile, StoredFile, StoreOptions, StoreSaveOptions, WithFit } from "./store.js";

/**
 * A program that yields what its directory returned, and gets the value. A caller with promises awaits each, so one program serves
 * synchronous platforms and others.
 */
export type Program<T> = Generator<unknown, T, never>;

function* got<T>(value: T | Promise<T>): Generator<unknown, T, T> {
  return yield value;
}

function readStoreSaveOptions(options: unknown): { given: SaveOptions; loss: number | undefined; fit: Json | undefined } {
  const read = readOptions("save", ["extra", "loss", "fit"], options);
  const [extra, loss, fit] = [read.get("extra"), read.get("loss"), read.get("fit")];
  if (loss !== undefined && typeof loss !== "number") throw wrongKind("save: loss", "a number", loss);
  return {
    given: readSaveOptions("save", extra === undefined ? {} : { extra }),
    loss: Number.isFinite(loss) ? (loss as number) : undefined,
    fit: fit as Json | undefined,
  };
}

/** The programs of a store, for any directory. @internal */
export class StoreFiles {
  readonly #directory: Directory;
  readonly #limits: Required<StoreOptions>;
  /** Whether the files belong to this training: it loaded or saved one. */
  #continues = false;

  constructor(directory: Directory, options: unknown = {}) {
    this.#limits = checkOptions("folder", options, { keep: [1, 2], best: [0, 1] });
    this.#directory = directory;
  }

  *save(opt: Saveable, options?: StoreSaveOptions & WithFit): Program<void> {
    const { given, loss, fit } = readStoreSaveOptions(options);
    contentsOf("save", opt); // throws for other values
    const directory = this.#directory;
    const { t } = opt;
    const name = nameOf("step", t, loss);
    const names = yield* got(directory.names());
    const later = latestFirst(names).find((entry) => entry.kind === "step" && entry.t > t);
    if (later && !this.#continues)
      throw new Error(`save: the folder has ${later.file}, but t is ${t}: load it with latest(), or use another folder`);
    // First, because they take room.
    for (const name of leftovers(names)) yield* got(directory.remove(name));
    yield* got(
      directory.write(name, (piece) => {
        if (opt.t !== t) throw new Error(`save: t changed from ${t} to ${opt.t} before the optimizer was read: await save()`);
        write("save", opt, given, piece, fit);
      }),
    );
    this.#continues = true;
    for (const { from, to } of rotation([...new Set([...names, name])], name, this.#limits))
      yield* got(to === undefined ? directory.remove(from) : directory.rename(from, to));
  }

  *latest(opt: Saveable, options?: LoadOptions): Program<Restored | undefined> {
    return yield* this.#first("latest", latestFirst, opt, options);
  }

  *best(opt: Saveable, options?: LoadOptions): Program<Restored | undefined> {
    return yield* this.#first("best", bestFirst, opt, options);
  }

  *list(): Program<StoredFile[]> {
    return listed(yield* got(this.#directory.names()));
  }

  /** Loads the first file that is not damaged. */
  *#first(
    caller: string,
    order: (names: readonly string[]) => StoredFile[],
    opt: Saveable,
    options: LoadOptions | undefined,
  ): Program<(Restored & WithFit) | undefined> {
    contentsOf(caller, opt); // throws for other values
    const skipped: SkippedFile[] = [];
    for (const { file } of order(yield* got(this.#directory.names()))) {
      try {
        const { loaded, ...fit } = yield* got(this.#directory.read(file, (source) => loadFrom(caller, opt, source, options)));
        this.#continues = true;
        return { ...loaded, file, skipped, ...fit };
      } catch (error) {
        if (!(error instanceof CheckpointError) || error.reason !== "format") throw error;
        skipped.push({ file, error });
      }
    }
    if (skipped.length === 0) return undefined;
    throw new CheckpointError(
      "format",
      skipped.map(({ file, error: { message } }) => `${caller}: ${file}: ${message}`),
    );
  }
}
