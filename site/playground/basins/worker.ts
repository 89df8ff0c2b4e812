// Computes pictures of basins beside the page.
import { type Port, serve } from "../cells/task.js";
import type { RacerSetup, State } from "../state.js";
import { type SurfaceName, surfaceOf } from "../surfaces.js";
import { field, type Part } from "./field.js";
import { gridOf } from "./passes.js";

export interface FieldJob {
  /** With the rate written out. */
  readonly setup: RacerSetup;
  readonly surface: SurfaceName;
  readonly settings: State["settings"];
  readonly budget: number;
  /** Cells along the picture's longer side. */
  readonly size: number;
}

serve<FieldJob, Part>(globalThis as unknown as Port, ({ surface: name, size, ...runs }) => {
  const surface = surfaceOf(name, runs.settings);
  return field({ ...runs, surface }, gridOf(surface, size));
});
