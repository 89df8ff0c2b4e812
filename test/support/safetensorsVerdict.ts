// What our reader says of a file.
import { CheckpointError } from "../../src/checkpoints/checkpointError.js";
import { readSafetensors } from "../../src/checkpoints/readSafetensors.js";
import { toSource } from "../../src/checkpoints/source.js";
import { digest } from "./safetensors.js";

/** Why our reader refuses what the library safetensors takes, and the messages that say so. */
export const causes: Readonly<Record<string, RegExp>> = {
  "space before {": /at byte 8 expected "{", got "[ \\]/,
  "unknown field": /expected dtype, shape and data_offsets alone/,
  "name twice": /expected each name once/,
  "2^53 or more": /2\^53/,
  "list for a tensor": /expected "{", got "\[/,
  "object for a dtype": /expected a string, got "{/,
};

/** The digest of a file, or why our reader refuses it: one of `causes`, or "format". */
export function judge(bytes: Uint8Array): number | string {
  try {
    return digest(bytes, readSafetensors(toSource(bytes)));
  } catch (error) {
    if (!(error instanceof CheckpointError) || error.reason !== "format") throw error;
    return Object.keys(causes).find((cause) => causes[cause]?.test(error.message)) ?? "format";
  }
}
