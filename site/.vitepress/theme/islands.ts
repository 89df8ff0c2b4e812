// The parts of pages that are programs. Each is loaded when a page shows it.
import type { Mount } from "../../playground/view.js";

export const islands: { readonly [name: string]: () => Promise<{ readonly mount: Mount }> } = {
  playground: () => import("../../playground/playground.js"),
  benchmark: () => import("../../benchmark/benchmark.js"),
  figure: () => import("../../learn/figure.js"),
};
