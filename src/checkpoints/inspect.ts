import type { Shape } from "../numerics/shape.js";
import type { Json } from "./contents.js";
import { readMetadata } from "./metadata.js";
import { readSafetensors } from "./readSafetensors.js";
import { type Source, toSource } from "./source.js";

/** What a checkpoint contains. */
export interface Inspection {
  /** The rule that was saved; undefined if another program made the file, or if it has parameters alone. */
  readonly rule: string | undefined;
  /** Completed steps; undefined like `rule`. */
  readonly t: number | undefined;
  /** The value of the option `extra` of `save`. */
  readonly extra: Json | undefined;
  /** Type and shape of each tensor, by name. */
  readonly tensors: ReadonlyMap<string, { readonly dtype: string; readonly shape: Shape }>;
  /** The texts of the file's metadata, by name. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Says what a safetensors file contains, without an optimizer. Reads the header alone.
 * @param file the bytes of the file, or a Source of them
 * @throws CheckpointError if it is no safetensors file; TypeError for another kind of value.
 * @example
 * ```ts
 * const { rule, t, tensors } = inspect(save(sgd({ x: [2, 3] })));
 * console.log(rule, t, tensors.get("model.x")?.shape.join()); // prints sgd 0 2,3
 * ```
 */
export function inspect(file: Uint8Array | Source): Inspection {
  const header = readSafetensors(toSource(file));
  const ours = readMetadata(header);
  const tensors = new Map([...header.tensors].map(([name, { dtype, shape }]) => [name, { dtype, shape }]));
  const t = ours?.progress.t;
  return {
    rule: ours?.rule,
    t: typeof t === "number" ? t : undefined,
    extra: ours?.extra,
    tensors,
    metadata: header.metadata,
  };
}
