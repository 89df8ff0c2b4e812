// Computes maps of rates beside the page.
import { type Port, serve } from "../cells/task.js";
import { ruleOf } from "../options.js";
import type { RacerSetup, State } from "../state.js";
import { type SurfaceName, surfaceOf } from "../surfaces.js";
import { axisOf } from "./axes.js";
import { type MapPart, rateMap } from "./map.js";

export interface MapJob {
  readonly setup: RacerSetup;
  readonly surface: SurfaceName;
  readonly state: Pick<State, "start" | "settings">;
  /** The option of the other axis. */
  readonly other: string;
  readonly budget: number;
}

serve<MapJob, MapPart>(globalThis as unknown as Port, ({ setup, surface, state, other, budget }) =>
  rateMap({ setup, surface: surfaceOf(surface, state.settings), state, other: axisOf(ruleOf(setup.rule).spec, other), budget }),
);
