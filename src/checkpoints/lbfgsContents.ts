// What a checkpoint has of L-BFGS.

import type { Lbfgs, LbfgsProgress } from "../minimize/lbfgs.js";
import { type LbfgsReason, lbfgsReasons } from "../minimize/lbfgsReason.js";
import { problem } from "./checkpointError.js";
import { type Contents, countFrom, fromJson, listFrom, type Progress, toJson } from "./contents.js";

const reasons: readonly (LbfgsReason | null)[] = [null, ...lbfgsReasons];

function flagFrom(where: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw problem("format", `metadata: ${where}`, "true or false", value);
}

function readProgress(saved: Progress, history: number): LbfgsProgress {
  const reason = saved.reason as LbfgsReason | null;
  if (!reasons.includes(reason)) throw problem("format", "metadata: progress.reason", "a reason of lbfgs", reason);
  const rho = listFrom("progress.rho", saved.rho, fromJson);
  if (rho.length > history) throw problem("options", "history", `at least the ${rho.length} pairs of the file`, history);
  return {
    t: countFrom("progress.t", saved.t),
    evaluations: countFrom("progress.evaluations", saved.evaluations),
    loss: fromJson("progress.loss", saved.loss),
    gradientNorm: fromJson("progress.gradientNorm", saved.gradientNorm),
    reason: reason ?? undefined,
    rho,
    scale: fromJson("progress.scale", saved.scale),
    fresh: flagFrom("progress.fresh", saved.fresh),
    moved: flagFrom("progress.moved", saved.moved),
  };
}

/** The contents of an L-BFGS. To load, its arrays are those of the file's progress. */
export function lbfgsContents(opt: Lbfgs, saved?: Progress): Contents {
  const { params } = opt; // throws after dispose()
  const { options, shapes, torn } = opt.described;
  const { history } = options;
  const progress = saved ? readProgress(saved, history) : opt.progress;
  const arrays = opt.memoryOf(progress.rho.length, progress.moved);
  const { rho, loss, gradientNorm, scale, reason, ...others } = progress;
  return {
    rule: "lbfgs",
    t: opt.t,
    unready: torn ? "another load(): the last one read only a part" : undefined,
    scattered: undefined,
    params: [...shapes].map(([name, shape]) => ({ name, shape, data: params[name] as Float32Array })),
    state: Object.entries(arrays).map(([name, data]) => ({ name: `lbfgs.${name}`, shape: [data.length], data })),
    derived: [],
    progress: {
      ...others,
      reason: reason ?? null,
      loss: toJson(loss),
      gradientNorm: toJson(gradientNorm),
      scale: toJson(scale),
      rho: rho.map(toJson),
    },
    options: new Map<string, never>(
      Object.entries({ parameters: [...shapes.keys()], ...options }).map(([name, value]) => [name, value as never]),
    ),
    restoreSchedules() {},
    take: () => ({ taken: new Set(), undo() {} }),
    prepare() {
      opt.progress = undefined;
    },
    accept(_, all) {
      if (all || !torn) opt.progress = progress;
    },
  };
}
