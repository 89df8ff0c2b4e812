// The results of a run: the contents of benchmark.json, and the input of report and charts.
import type { Cell } from "./cells.js";
import type { Measured } from "./interleaved.js";
import type { Dead, Overhead } from "./overhead.js";

export interface Results {
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly runtime: string;
  /** The command of the run. */
  readonly asked: string;
  /** Versions of the rivals, or why they are missing. */
  readonly rivals: Readonly<Record<string, { readonly version: string } | { readonly missing: string }>>;
  /** Every rule at every size. */
  readonly cells: readonly Cell[];
  /** Shapes of models. */
  readonly models: readonly Cell[];
  readonly overheads: readonly Overhead[];
  /** A step of Adam over one tensor, and over 150 tensors of the same total length. */
  readonly manyTensors?: readonly Measured[];
  readonly dead: readonly Dead[];
}
