import { show } from "../checks/errors.js";

/** A checkpoint could not be written, or a file is no checkpoint of this optimizer. */
export class CheckpointError extends Error {
  /** Identifies this error, even if another copy of the package threw it. */
  override readonly name = "CheckpointError";
  constructor(
    /**
     * What is wrong: the `"format"` of the file, a `"version"` of the format that this package does not know, the `"rule"` that made the file,
     * the `"names"` or `"shapes"` of its tensors, or the `"options"` of the optimizer.
     */
    readonly reason: "format" | "version" | "rule" | "names" | "shapes" | "options",
    /** Every problem, in one sentence each. The message has them all, one a line. */
    readonly details: readonly string[],
  ) {
    super(details.join("\n"));
  }
}

/** An error with one problem, in the form of the package's other messages. @internal */
export const problem = (reason: CheckpointError["reason"], where: string, expected: string, got: unknown) =>
  new CheckpointError(reason, [`checkpoint: ${where} expected ${expected}, got ${show(got)}`]);

/** How messages call a tensor. @internal */
export const called = (name: string) => `tensor ${show(name)}`;
