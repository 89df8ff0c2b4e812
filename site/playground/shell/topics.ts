// What the playground explains in two sentences, and the learn page that explains more.
import type { View } from "../state.js";
import type { SurfaceName } from "../surfaces.js";

/** A view; for a race its surface. */
export type Topic = SurfaceName | Exclude<View, "race">;

/** The learn page of each topic. */
export const topicPages: { readonly [topic in Topic]: string } = {
  bowl: "descent",
  kappa: "momentum",
  rosenbrock: "momentum",
  beale: "adagrad",
  himmelblau: "minima",
  saddle: "minima",
  plateau: "rmsprop",
  wells: "flat",
  ripples: "minima",
  noisy: "decay",
  regression: "batches",
  classification: "batches",
  swarm: "minima",
  basins: "minima",
  rates: "descent",
  training: "which",
  flat: "flat",
};
