import { checkFeature } from "../checks/options.js";
import type { EngineKernels } from "../kernels/generated.js";
import type { KernelArguments } from "../kernels/kernelArguments.js";
import type { Run } from "./groupLayout.js";

/** Options of sharpness-aware minimization. */
export interface SamOptions {
  /** Distance that `shift()` climbs. Default 0.05, in (0,inf). With `adaptive`, use about 0.5 to 2. */
  readonly radius?: number;
  /**
   * Whether the climb is proportional to the parameters. Rescaling a layer then does not change it. Default false. Kwon et al. 2021,
   * https://arxiv.org/abs/2102.11600.
   */
  readonly adaptive?: boolean;
}

/** The option of sharpness-aware minimization. */
export interface SamOption {
  /**
   * Sharpness-aware minimization, for flat minima. Fill `grads` and call `shift()`: it climbs to p + radius·g/‖g‖ (adaptive: p +
   * radius·p²·g/‖p·g‖). Fill `grads` there and call `step()`: it steps from p. Norms are over all parameters except frozen groups. Default
   * false; true takes the defaults of SamOptions. Foret et al. 2021, https://arxiv.org/abs/2010.01412.
   */
  readonly sam?: boolean | SamOptions;
}

export const samOption = { sam: ["other", undefined] } as const;

/** The options, checked. */
export const readSamOption = (rule: string, sam: unknown) =>
  checkFeature(`${rule}: sam`, sam, { radius: ["(0,inf)", 0.05], adaptive: ["boolean", false] });

/** Moves the parameters to p + radius·g/‖g‖, near the highest loss within the radius. `factor` multiplies the gradients. */
export function climb(
  { radius, adaptive }: Required<SamOptions>,
  kernels: EngineKernels,
  runs: readonly Run[],
  args: KernelArguments,
  factor: number,
): void {
  let sum = 0;
  for (const { length, at } of runs) {
    if (adaptive) kernels.squaredProducts(0, length, at.p, at.g, args.r);
    else kernels.dot(0, length, at.g, at.g, args.r);
    sum += args.sum;
  }
  const rate = (radius * factor) / (Math.abs(factor) * Math.sqrt(sum) + 1e-12);
  // The move is 0 if all gradients are 0, or if some are not finite.
  args.scalars<"adaptiveAscent" | "axpy">("alpha", Number.isFinite(rate) ? rate : 0);
  for (const { length, at } of runs) {
    if (adaptive) kernels.adaptiveAscent(0, length, at.p, at.g, args.c);
    else kernels.axpy(0, length, at.p, at.g, at.p, args.c);
  }
}
