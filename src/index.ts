export { CheckpointError } from "./checkpoints/checkpointError.js";
export type { Json } from "./checkpoints/contents.js";
export { type Inspection, inspect } from "./checkpoints/inspect.js";
export { type Difference, type Loaded, type LoadOptions, load } from "./checkpoints/load.js";
export { type Saveable, type SaveOptions, save, saveTo } from "./checkpoints/save.js";
export type { Source } from "./checkpoints/source.js";
export type { Restored, SkippedFile, Store, StoredFile, StoreOptions, StoreSaveOptions } from "./checkpoints/store.js";
export type { Interval } from "./checks/check.js";
export { NonFiniteError } from "./checks/errors.js";
export type { PlainArrays } from "./engine/callerArrays.js";
export type { Closure } from "./engine/closure.js";
export type { Decay, DecayOptions } from "./engine/decay.js";
export type { EmaOptions, EpilogueOptions, LookaheadOptions, SwaOptions } from "./engine/epilogue.js";
export type {
  GradientOptions,
  NoiseOptions,
  NonFinitePolicy,
} from "./engine/gradientOptions.js";
export type { Group } from "./engine/group.js";
export type { LossScaleOptions } from "./engine/lossScale.js";
export type { Optimizer, State } from "./engine/optimizer.js";
export type { EngineOptions, GroupOptions, Options } from "./engine/options.js";
export type { SamOption, SamOptions } from "./engine/sam.js";
export type { ShardRanks } from "./engine/shard.js";
export type {
  ArrayAddresses,
  Hyper,
  HyperSettings,
  Hypers,
  HyperValues,
  Pass,
  Quantity,
  Slot,
  Slots,
  Spec,
  Switch,
  TwoPhase,
} from "./engine/spec.js";
export type { EngineKernels } from "./kernels/generated.js";
export type { KernelArguments } from "./kernels/kernelArguments.js";
export type { KernelModule, Share } from "./kernels/kernelModule.js";
export { type Kernel, kernelModule } from "./kernels/ownKernels.js";
export { useModule } from "./kernels/useModule.js";
export { type Arena, arena } from "./memory/arena.js";
export {
  type ForeignMemory,
  type ForeignMemoryOptions,
  foreignMemory,
  type Pointers,
  type Relocation,
} from "./memory/foreign.js";
export type { Views } from "./memory/layout.js";
export type { Parameter, ParameterMap } from "./memory/parameters.js";
export type { ForeignBlock } from "./memory/source.js";
export { checkGradient, type GradientCheck, type GradientEntry } from "./minimize/checkGradient.js";
export { type Lbfgs, type LbfgsOptions, lbfgs } from "./minimize/lbfgs.js";
export type { LbfgsReason } from "./minimize/lbfgsReason.js";
export { type MinimizeOptions, type MinimizeReason, type MinimizeReport, type Minimum, minimize } from "./minimize/minimize.js";
export type { Arrays, Like, Numbers, Objective, Point, SameKind } from "./minimize/point.js";
export type { Shape } from "./numerics/shape.js";
export type { Rule } from "./rules/define.js";
export { defineRule, type OwnHypers, type OwnSpec, type WithWeightDecay } from "./rules/defineRule.js";
export * from "./rules/index.js";
export * as rules from "./rules/index.js";
export type { TensorArrays, Update } from "./rules/javascriptPass.js";
export { power } from "./rules/power.js";
export { type PlateauOptions, type PlateauState, type ReduceOnPlateau, reduceOnPlateau } from "./schedules/reduceOnPlateau.js";
export type { Schedule } from "./schedules/schedule.js";
export * from "./schedules/schedules.js";
export type { Threads } from "./threads/pool.js";
export { threads } from "./threads/threads.js";
export { type Batches, type BatchOptions, batches } from "./training/batches.js";
export { type EarlyStopping, earlyStopping, type StoppingState } from "./training/earlyStopping.js";
export { type FindRateOptions, findRate, type RateCurve } from "./training/findRate.js";
export { fit } from "./training/fit.js";
export type { CheckpointOptions, EpochReport, FitOptions, StepReport, TrainingHistory } from "./training/report.js";
export { type Sharpness, type SharpnessOptions, sharpness } from "./training/sharpness.js";
