// All that a run measured: what the JSON file holds, and the report and the charts are made of.
import type { Cell } from "./cells.js";
import type { Measured } from "./interleaved.js";
import type { Dead, Overhead } from "./overhead.js";

export interface Results {
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly runtime: string;
  /** What was asked for: rules, sizes, pace. */
  readonly asked: string;
  /** Versions of the rivals, or why they were not there. */
  readonly rivals: Readonly<Record<string, { readonly version: string } | { readonly missing: string }>>;
  /** Every rule at every size. */
  readonly cells: readonly Cell[];
  /** Shapes of models. */
  readonly models: readonly Cell[];
  readonly overheads: readonly Overhead[];
  /** A step of Adam over one tensor, and over 150 of as many parameters together. */
  readonly manyTensors?: readonly Measured[];
  readonly dead: readonly Dead[];
}
