import { checkFeature } from "../checks/options.js";
import type { KernelArguments } from "../kernels/kernelArguments.js";
import type { Kernels } from "../kernels/wasm.js";
import type { GroupLayout } from "./groupLayout.js";

/** How far sharpness-aware minimization looks. */
export interface SamOptions {
  /** How far `shift()` climbs. Default 0.05; around 0.5 to 2 when adaptive. */
  readonly radius?: number;
  /** Climbs further where parameters are larger, so that rescaled layers are the same: Kwon et al. 2021, https://arxiv.org/abs/2102.11600. Default false. */
  readonly adaptive?: boolean;
}

export interface AscentOptions {
  /**
   * Sharpness-aware minimization, for flat minima: fill `grads`, call `shift()`, which climbs to p + radius·g/‖g‖ (adaptive: p +
   * radius·p²·g/‖p·g‖), fill `grads` there, call `step()`, which starts from p again. Norms are of all parameters but those of
   * frozen groups. Foret et al. 2021, https://arxiv.org/abs/2010.01412.
   */
  readonly sam?: boolean | SamOptions;
}

export const ascentOptions = { sam: ["other", undefined] } as const;

/** The options, checked. */
export const readAscent = (rule: string, sam: unknown) =>
  checkFeature(`${rule}: sam`, sam, { radius: ["(0,inf)", 0.05], adaptive: ["boolean", false] });

/** The move of sharpness-aware minimization to where the loss is about the highest within a radius. */
export function climb(
  { radius, adaptive }: Required<SamOptions>,
  kernels: Kernels,
  ranges: readonly GroupLayout[],
  args: KernelArguments,
  scale: number,
): void {
  let sum = 0;
  const runs = ranges.flatMap(({ group, runs }) => (group.frozen ? [] : runs));
  for (const { length, at } of runs) {
    if (adaptive) kernels.squaredProducts(0, length, at.p, at.g, args.r);
    else kernels.dot(0, length, at.g, at.g, args.r);
    sum += args.sum;
  }
  const rate = (radius * scale) / (Math.abs(scale) * Math.sqrt(sum) + 1e-12);
  // 0 where all gradients are 0, or some are not finite.
  args.scalars<"adaptiveAscent" | "axpy">("alpha", Number.isFinite(rate) ? rate : 0);
  for (const { length, at } of runs) {
    if (adaptive) kernels.adaptiveAscent(0, length, at.p, at.g, args.c);
    else kernels.axpy(0, length, at.p, at.g, at.p, args.c);
  }
}
