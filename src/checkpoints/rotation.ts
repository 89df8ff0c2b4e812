// Names of a store's files, and which of them stay. The loss is in the name, and a file that stays for its loss alone gets another name. So
// a rename is all that keeps the best apart: atomic at a crash, and without a second write or a hard link, which some systems lack.

import type { StoredFile } from "./store.js";

/** A file of a store. "step": one of the last. "best": one that stays for its loss. */
interface Entry extends StoredFile {
  readonly kind: "step" | "best";
}

/** The name of a file. @internal */
export const nameOf = (kind: Entry["kind"], t: number, loss: number | undefined) =>
  `${kind}-${String(t).padStart(8, "0")}${loss === undefined ? "" : `-loss-${loss}`}.safetensors`;

/** The entry of a name; nothing for names of other files. */
function entryOf(file: string): Entry[] {
  const [, kind, steps, text] = /^(step|best)-(\d+)(?:-loss-(.+))?\.safetensors$/.exec(file) ?? [];
  const entry = { kind: kind as Entry["kind"], t: Number(steps), loss: text === undefined ? undefined : Number(text), file };
  return nameOf(entry.kind, entry.t, entry.loss) === file ? [entry] : [];
}

const entriesOf = (names: readonly string[]) => names.flatMap(entryOf);

/** Later steps first. */
const byStep = (a: Entry, b: Entry) => b.t - a.t;

/** Files in the order in which `latest` tries them: those of the last steps, then those that stayed for their loss. @internal */
export const latestFirst = (names: readonly string[]): Entry[] =>
  entriesOf(names).sort((a, b) => Number(a.kind === "best") - Number(b.kind === "best") || byStep(a, b));

/** Files with a loss, the smallest first. @internal */
export const bestFirst = (names: readonly string[]): Entry[] =>
  latestFirst(names)
    .filter(({ loss }) => loss !== undefined)
    .sort((a, b) => (a.loss as number) - (b.loss as number) || byStep(a, b));

/** The files by step. @internal */
export const listed = (names: readonly string[]): StoredFile[] =>
  entriesOf(names)
    .sort((a, b) => -byStep(a, b))
    .map(({ file, t, loss }) => ({ file, t, loss }));

/** What is to be done to a file: rename it, or remove it if `to` is undefined. */
interface Change {
  readonly from: string;
  readonly to: string | undefined;
}

/**
 * The changes after `saved` was written, renames first. A crash in between leaves files too many. The next call finds them.
 * @param names all files, `saved` included
 * @internal
 */
export function rotation(
  names: readonly string[],
  saved: string,
  { keep, best }: { readonly keep: number; readonly best: number },
): Change[] {
  const [{ t } = { t: 0 }] = entryOf(saved);
  const steps = latestFirst(names).filter((entry) => entry.kind === "step" && entry.t < t);
  const last = new Set([saved, ...steps.slice(0, keep - 1).map(({ file }) => file)]);
  // A file that stays anyway, before another one of the same step and loss.
  const candidates = bestFirst(names).sort(
    (a, b) => (a.loss as number) - (b.loss as number) || byStep(a, b) || Number(last.has(b.file)) - Number(last.has(a.file)),
  );
  const chosen = candidates.filter(({ t, loss }, i) => candidates.findIndex((c) => c.t === t && c.loss === loss) === i);
  const least = new Set(chosen.slice(0, best).map(({ file }) => file));
  const changes = entriesOf(names).flatMap(({ file, kind, t, loss }): Change[] => {
    if (last.has(file) || (kind === "best" && least.has(file))) return [];
    return [{ from: file, to: least.has(file) ? nameOf("best", t, loss) : undefined }];
  });
  return changes.sort((a, b) => Number(a.to === undefined) - Number(b.to === undefined));
}

/** A name to write a file under before it gets its own. `owner` says who writes. @internal */
export const temporaryName = (file: string, owner: string | number) =>
  `${file}.${owner}-${Math.random().toString(36).slice(2)}.tmp`;

/** The file that a temporary name is for; undefined for other names. @internal */
export const targetOf = (name: string) => /^(.+)\.\w+-\w+\.tmp$/.exec(name)?.[1];

/** Temporary files that a store left when its process was killed. @internal */
export const leftovers = (names: readonly string[]) => names.filter((name) => entryOf(targetOf(name) ?? "").length > 0);
