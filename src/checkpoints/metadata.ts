// Our metadata in a file: one text of JSON.

import { CheckpointError, problem } from "./checkpointError.js";
import { type Json, objectFrom, type Progress, textFrom } from "./contents.js";
import type { Header } from "./headerText.js";
import { metadataKey, version } from "./save.js";

/** What a file says about the optimizer that was saved. */
export interface Metadata {
  readonly rule: string;
  readonly progress: Progress;
  readonly options: ReadonlyMap<string, Json>;
  readonly extra?: Json;
  /** The state of a training loop. */
  readonly fit?: Json;
}

/** Our metadata; undefined in files of other programs, and of parameters alone. @throws CheckpointError if it is damaged. */
export function readMetadata({ metadata }: Header): Metadata | undefined {
  const text = metadata.get(metadataKey);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CheckpointError("format", ["checkpoint: metadata expected JSON"]);
  }
  const given = objectFrom("metadata", value);
  if (given.version !== version)
    throw problem(
      typeof given.version === "number" ? "version" : "format",
      "version of the metadata",
      String(version),
      given.version,
    );
  const { rule, progress, options, extra, fit } = given;
  return {
    rule: textFrom("rule", rule),
    progress: objectFrom("progress", progress),
    options: new Map(Object.entries(objectFrom("options", options) as { [name: string]: Json })),
    ...(extra === undefined ? {} : { extra: extra as Json }),
    ...(fit === undefined ? {} : { fit: fit as Json }),
  };
}
