export type { AscentOptions, SamOptions } from "./ascent.js";
export { type Batches, type BatchOptions, batches } from "./batches.js";
export { checkGradient, type GradientCheck, type GradientEntry } from "./checkGradient.js";
export type { ConditioningOptions, NoiseOptions, NonFinite } from "./conditioning.js";
export type {
  Decay,
  GroupOptions,
  Hyper,
  Hypers,
  Options,
  Rule,
  Schedule,
  Settings,
  Slot,
  Slots,
  Spec,
  Values,
} from "./define.js";
export { earlyStopping } from "./earlyStopping.js";
export { NonFiniteError } from "./errors.js";
export type { PlainArrays } from "./exchange.js";
export { type FindRateOptions, findRate, type RateCurve } from "./findRate.js";
export { type EpochReport, type FitOptions, fit, type History, type StepReport } from "./fit.js";
export type { EmaOptions, FollowingOptions, LookaheadOptions, SwaOptions } from "./following.js";
export type { ForeignBlock, ForeignMemory, Pointers, Relocation } from "./foreign.js";
export type { Group } from "./group.js";
export type { Views } from "./layout.js";
export { type Closure, type Lbfgs, type LbfgsOptions, type LbfgsReason, lbfgs } from "./lbfgs.js";
export type { LossScaleOptions } from "./lossScale.js";
export { type MinimizeOptions, type MinimizeReason, type MinimizeReport, type Minimum, minimize } from "./minimize.js";
export type { Optimizer, State } from "./optimizer.js";
export type { Parameter, Parameters } from "./parameters.js";
export type { Arrays, Like, Objective, Point } from "./point.js";
export { type PlateauOptions, type PlateauState, type ReduceOnPlateau, reduceOnPlateau } from "./reduceOnPlateau.js";
export * from "./rules/index.js";
export * as rules from "./rules/index.js";
export * from "./schedules.js";
export type { Shape } from "./shape.js";
export { type Sharpness, type SharpnessOptions, sharpness } from "./sharpness.js";
export { type Threads, threads } from "./threads.js";
