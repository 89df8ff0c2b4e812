export { type Batches, type BatchOptions, batches } from "./batches.js";
export type { Hyper, Hypers, Rule, Schedule, Settings, Slot, Slots, Spec, Values } from "./define.js";
export { type EpochReport, earlyStopping, type FitOptions, fit, type History, NonFiniteError, type StepReport } from "./fit.js";
export type { AnyOptimizer, Optimizer, State, Views } from "./optimizer.js";
export type { Parameter, Parameters } from "./parameters.js";
export * from "./rules/index.js";
export * as rules from "./rules/index.js";
export { cosineDecay, exponentialDecay, inverseTimeDecay, stepDecay } from "./schedules.js";
