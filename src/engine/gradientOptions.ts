import { checkNumber, checkUint32 } from "../checks/check.js";
import { wrongValue } from "../checks/errors.js";
import { checkFeature, checkOptions } from "../checks/options.js";
import { type LossScaleOptions, readLossScale } from "./lossScale.js";

/** Gaussian noise on each gradient, of variance eta/(1 + t)^gamma after t completed steps. */
export interface NoiseOptions {
  /** Variance at t = 0, in [0,inf). */
  readonly eta: number;
  /** Exponent of the decay of the variance; 0 keeps the variance constant. Default 0.55, in [0,inf), as in the paper. */
  readonly gamma?: number;
  /** Seed. The noise is the same on every engine. Default 0, an integer from 0 to 2^32 − 1. */
  readonly seed?: number;
}

/** What a step does with NaN and infinite gradients. */
export type NonFinitePolicy = "throw" | "skip" | "allow";

const nonFinitePolicies = ["throw", "skip", "allow"] as const satisfies readonly NonFinitePolicy[];

/**
 * Gradient processing before the rule. `clipValue`, `clipAdaptive`, `clipTensorNorm`, `centralize` and `noise` write into `grads`, or into
 * the accumulated gradients; `clipNorm` does not. Frozen groups are left out. The `shift()` of `sam` averages accumulated gradients and
 * does no other processing.
 */
export interface GradientOptions {
  /** Whether to maximize the loss. Default false. */
  readonly maximize?: boolean;
  /** Limits each element to ±clipValue, in (0,inf). No limit by default. */
  readonly clipValue?: number;
  /**
   * Limits the norm of each unit's gradient to clipAdaptive·max(‖p‖, 1e-3), where p are the unit's parameters; in (0,inf). A unit is a row
   * (all axes except the first) or a vector. No limit by default. Brock et al. 2021, https://arxiv.org/abs/2102.06171.
   */
  readonly clipAdaptive?: number;
  /** Limits the norm of each tensor's gradient, in (0,inf). No limit by default. */
  readonly clipTensorNorm?: number;
  /**
   * Limits the norm of all gradients together, in (0,inf), like PyTorch's clip_grad_norm_. Infinity only measures the norm, for `gradNorm`.
   * No limit by default. Pascanu et al. 2013, https://arxiv.org/abs/1211.5063.
   */
  readonly clipNorm?: number;
  /**
   * Whether to subtract the mean of each row from the gradient, for tensors with two or more axes. Default false. Yong et al. 2020,
   * https://arxiv.org/abs/2004.01461.
   */
  readonly centralize?: boolean;
  /** Adds Gaussian noise to gradients. By default none. Neelakantan et al. 2015, https://arxiv.org/abs/1511.06807. */
  readonly noise?: NoiseOptions;
  /** Whether to allocate the array in which `accumulate()` sums gradients. Default false. */
  readonly accumulate?: boolean;
  /**
   * Loss scaling. Multiply the loss by `opt.lossScale` before you compute its gradient; the step divides by it. (To `fit`, return the loss
   * without this factor.) The factor grows while gradients are finite. When they overflow, the step is skipped and the factor shrinks.
   * Default false; true takes the defaults of LossScaleOptions.
   */
  readonly lossScale?: boolean | LossScaleOptions;
  /**
   * What `step()` does with a NaN or infinite gradient. "throw" throws a NonFiniteError and changes nothing. "skip" leaves parameters, state
   * and t unchanged. "allow" does not search for such gradients; if there are any, `clipNorm` zeroes all finite gradients. The search also
   * limits finite gradients in `grads` to the `gradientLimit` of the spec (2^60 for rules that square them); with "allow", larger ones can
   * make parameters NaN. An error between `shift()` and `step()` leaves the parameters shifted. An error after `accumulate()` leaves the
   * sum until `discard()`. Default "throw"; "skip" with `lossScale`.
   */
  readonly nonFinite?: NonFinitePolicy;
  /** Most skipped steps in a row; the next one throws. Default 20, an integer of at least 1. */
  readonly maxSkips?: number;
}

export const gradientOptions = {
  maximize: ["boolean", false],
  clipValue: ["(0,inf)", undefined],
  clipAdaptive: ["(0,inf)", undefined],
  clipTensorNorm: ["(0,inf)", undefined],
  clipNorm: ["other", undefined],
  centralize: ["boolean", false],
  noise: ["other", undefined],
  accumulate: ["boolean", false],
  lossScale: ["other", undefined],
  nonFinite: [nonFinitePolicies, undefined],
  maxSkips: [1, 20],
} as const;

/** The default of `nonFinite`. */
export const defaultPolicy = (lossScale: unknown): NonFinitePolicy => (lossScale ? "skip" : "throw");

/** The options, checked. */
export function readGradientOptions(rule: string, given: unknown) {
  const options = checkOptions(rule, given, gradientOptions);
  const { clipNorm } = options;
  if (clipNorm !== undefined && clipNorm !== Infinity) checkNumber(`${rule}: clipNorm`, "(0,inf)", clipNorm);
  const noise = checkFeature(`${rule}: noise`, options.noise, { eta: ["[0,inf)"], gamma: ["[0,inf)", 0.55], seed: [0, 0] });
  if (noise) checkUint32(`${rule}: noise: seed`, 0, noise.seed);
  const lossScale = readLossScale(`${rule}: lossScale`, options.lossScale);
  const nonFinite = options.nonFinite ?? defaultPolicy(lossScale);
  if (lossScale && nonFinite !== "skip") throw wrongValue(`${rule}: nonFinite`, `"skip" with lossScale`, nonFinite);
  const { clipValue, clipAdaptive, clipTensorNorm, centralize } = options;
  const writesGrads = Boolean(clipValue || clipAdaptive || clipTensorNorm || centralize || noise);
  return { ...options, clipNorm: clipNorm as number | undefined, noise, lossScale, nonFinite, writesGrads };
}

/** The options, checked. */
export type GradientSettings = ReturnType<typeof readGradientOptions>;
