// What a checkpoint has of the optimizer of a rule.

import { defaultPolicy, gradientOptions } from "../engine/gradientOptions.js";
import type { Group } from "../engine/group.js";
import type { Optimizer } from "../engine/optimizer.js";
import { slotShape } from "../engine/slots.js";
import type { Progress as Numbers } from "../engine/state.js";
import { elements } from "../numerics/shape.js";
import { CheckpointError } from "./checkpointError.js";
import {
  type Contents,
  countFrom,
  damaged,
  fromJson,
  type GroupNumbers,
  type Json,
  listFrom,
  type NamedArray,
  objectFrom,
  type Progress,
  textFrom,
  toJson,
} from "./contents.js";

/** The arrays besides the parameters, and the numbers of PyTorch. */
function arraysOf(opt: Optimizer): { state: NamedArray[]; derived: NamedArray[] } {
  const { groups, shapes, sharded } = opt.parts;
  const { spec, average, slow } = opt;
  const state: NamedArray[] = [];
  const derived: NamedArray[] = [];
  for (const group of groups) {
    const { hyperParameters, numbers, steps } = group;
    for (const name of group.names) {
      const shape = shapes.get(name) as readonly number[];
      const named = (prefix: string, key = "") => ({ name: prefix + name + key, of: { parameter: name, at: prefix.length } });
      const add = (names: ReturnType<typeof named>, array: string, data: Float32Array, shaped = shape) => {
        if (elements(shaped) === 0) return;
        // The whole array is made when it is read.
        if (sharded)
          state.push({
            ...names,
            shape: shaped,
            get data() {
              return sharded.whole(array, name);
            },
          });
        else state.push({ ...names, shape: shaped, data });
      };
      for (const slot of hyperParameters.slots) {
        const layout = spec.state[slot];
        const key = typeof layout === "object" ? layout.torch : layout;
        add(named("optim.state.", `.${key}`), slot, opt.state[slot]?.[name] as Float32Array, slotShape(layout, shape));
      }
      if (average) add(named("average."), "average", average[name] as Float32Array);
      if (slow) add(named("slow."), "slow", slow[name] as Float32Array);
      const number = (key: string, x: number) =>
        derived.push({ ...named("optim.state.", `.${key}`), shape: [], data: Float32Array.of(x) });
      number("step", steps);
      for (const [key, source] of Object.entries(spec.torchNumbers ?? {})) {
        const carried = Object.keys(spec.carry ?? {}).indexOf(source as string);
        number(key, typeof source === "function" ? source(hyperParameters.values, steps) : (numbers[carried] as number));
      }
    }
  }
  return { state, derived };
}

/** A value of an option as JSON. A function is "a schedule": its present number is among those that steps change. */
function optionJson(value: unknown): Json {
  if (typeof value === "number") return toJson(value);
  if (typeof value === "function") return "a schedule";
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, optionJson(inner)]));
  return value as Json;
}

/** The path of a group's options: the first group is that of all other parameters. */
const pathOf = (group: number) => (group === 0 ? "" : `groups[${group - 1}].`);

const notCompared = ["threads", "memory", "shard"];

function optionsOf(opt: Optimizer): Map<string, Json> {
  const { groups, around, shapes } = opt.parts;
  const options = new Map<string, Json>([["parameters", [...shapes.keys()]]]);
  for (const [i, group] of groups.entries()) {
    const path = pathOf(i);
    const { hyper, hyperParameters, frozen, names } = group;
    const { decay, ownSettings } = hyperParameters;
    // Groups inherit the others.
    for (const [name, value] of Object.entries(i === 0 ? hyper : ownSettings)) options.set(path + name, optionJson(value));
    if (i === 0 || decay !== groups[0]?.hyperParameters.decay) options.set(`${path}decay`, decay);
    if (i === 0) continue;
    options.set(`${path}frozen`, frozen);
    options.set(`${path}parameters`, [...names].sort());
  }
  const initial: { readonly [name: string]: unknown } = {
    nonFinite: defaultPolicy(around.some(([name]) => name === "lossScale")),
    maxSkips: gradientOptions.maxSkips[1],
  };
  for (const [name, value] of around)
    if (!notCompared.includes(name) && value !== initial[name]) options.set(name, optionJson(value));
  return options;
}

/** The schedules that have a state of their own, by path. */
function schedulesWithState(opt: Optimizer): Map<string, { state: unknown }> {
  const found = new Map<string, { state: unknown }>();
  for (const [i, { hyper, hyperParameters }] of opt.parts.groups.entries()) {
    for (const name of Object.keys(i === 0 ? hyper : hyperParameters.ownSettings)) {
      const value: unknown = hyper[name];
      if (typeof value === "function" && "state" in value) found.set(pathOf(i) + name, value as unknown as { state: unknown });
    }
  }
  return found;
}

/** The progress as JSON. */
function progressOf(opt: Optimizer): Json {
  const { groups } = opt.parts;
  const { t, gradients } = opt.progress;
  return {
    t,
    groups: groups.map((group) => {
      const { steps, averaged, carry, scheduled } = group.progress;
      const carried = Object.keys(group.carry).map((name, i) => [name, toJson(carry[i] as number)]);
      return { names: [...group.names], steps, averaged, carry: Object.fromEntries(carried), scheduled: optionJson(scheduled) };
    }),
    gradients: optionJson(gradients),
    schedules: Object.fromEntries([...schedulesWithState(opt)].map(([path, { state }]) => [path, state as Json])),
  };
}

const numbersFrom = (where: string, value: unknown) =>
  Object.fromEntries(Object.entries(objectFrom(where, value)).map(([name, x]) => [name, fromJson(`${where}.${name}`, x)]));

function groupFrom(where: string, value: unknown): GroupNumbers {
  const { names, steps, averaged, carry, scheduled } = objectFrom(where, value);
  return {
    names: listFrom(`${where}.names`, names, textFrom),
    steps: countFrom(`${where}.steps`, steps),
    averaged: countFrom(`${where}.averaged`, averaged),
    carry: numbersFrom(`${where}.carry`, carry),
    scheduled: numbersFrom(`${where}.scheduled`, scheduled),
  };
}

/**
 * The numbers of a group: those of the file's group of its parameters, or its own if the file has none of them. Another rule carries other
 * numbers; those of equal names are taken.
 */
function numbersOf(
  group: Group,
  index: number,
  saved: readonly GroupNumbers[],
  thereOf: (name: string) => string | undefined,
  otherRule: boolean,
) {
  const own = group.progress;
  const found = new Map<GroupNumbers, string>();
  for (const name of group.names) {
    const there = thereOf(name);
    if (there === undefined) continue;
    const from = saved.find(({ names }) => names.includes(there));
    if (!from) throw damaged("progress.groups", `the parameter ${JSON.stringify(there)}`);
    if (!found.has(from)) found.set(from, name);
  }
  const [first, ...others] = found.keys();
  if (!first) return own;
  const differs = ({ steps, averaged, carry }: GroupNumbers) =>
    steps !== first.steps ||
    averaged !== first.averaged ||
    Object.entries(carry).some(([name, x]) => !Object.is(x, first.carry[name]));
  const other = others.find(differs);
  if (other) {
    const show = (from: GroupNumbers) => `${JSON.stringify(found.get(from))}: ${from.steps}`;
    throw new CheckpointError("options", [
      `checkpoint: ${index === 0 ? "the parameters outside of groups" : `groups[${index - 1}]`} expected parameters with equal numbers ` +
        `of steps, got ${show(first)}, ${show(other)}`,
    ]);
  }
  const { steps, averaged, scheduled } = first;
  const carry = Object.keys(group.carry).map((name, i) => {
    const there = first.carry[name];
    if (there === undefined && !otherRule) throw damaged("progress.groups", `the number ${name} in carry`);
    return there ?? (own.carry[i] as number);
  });
  return { steps, averaged, carry, scheduled };
}

/** The progress of loss scaling. Its factor is at least 1. */
function lossScaleFrom(where: string, value: unknown) {
  const { factor, finiteSteps } = objectFrom(where, value);
  const number = fromJson(`${where}.factor`, factor);
  if (!(number >= 1 && number < Infinity)) throw damaged(`${where}.factor`, "a number of at least 1");
  return { factor: number, finiteSteps: countFrom(`${where}.finiteSteps`, finiteSteps) };
}

/** The numbers of a file in the optimizer's form. @throws CheckpointError if they are damaged, or do not fit. */
export function readProgress(
  opt: Optimizer,
  saved: Progress,
  thereOf: (name: string) => string | undefined,
  otherRule: boolean,
): Numbers {
  const groups = listFrom("progress.groups", saved.groups, groupFrom);
  const { skipped, skippedInRow, norm, lossScale } = objectFrom("progress.gradients", saved.gradients ?? {});
  const own = opt.progress.gradients.lossScale;
  return {
    t: countFrom("progress.t", saved.t),
    accumulated: 0,
    groups: opt.parts.groups.map((group, i) => numbersOf(group, i, groups, thereOf, otherRule)),
    gradients: {
      skipped: countFrom("progress.gradients.skipped", skipped ?? 0),
      skippedInRow: countFrom("progress.gradients.skippedInRow", skippedInRow ?? 0),
      norm: fromJson("progress.gradients.norm", norm ?? "NaN"),
      ...(own && lossScale !== undefined ? { lossScale: lossScaleFrom("progress.gradients.lossScale", lossScale) } : {}),
    },
  };
}

function unreadyReason(opt: Optimizer): string | undefined {
  if (opt.shifted) return "step() or unshift() first: the parameters are shifted";
  if (opt.evaluating) return "train() first: the parameters are those of eval()";
  if (opt.progress.accumulated > 0) return "step() or discard() first: gradients were accumulated";
  return undefined;
}

function scatteredReason({ parts: { sharded } }: Optimizer): string | undefined {
  if (!sharded || sharded.consolidated) return undefined;
  const { rank, ranks } = sharded.ranks;
  if (rank > 0) return `to be saved on rank 0, which consolidate() gives the state of all ${ranks} ranks, got rank ${rank}`;
  return `consolidate() of the distributed optimizer first, on all ranks: each has a slice of the state`;
}

/** The contents of an optimizer of a rule. */
export function optimizerContents(opt: Optimizer): Contents {
  const { params } = opt; // throws after dispose()
  const { groups, shapes, sharded } = opt.parts;
  const lock = opt.lock;
  const torn = lock.visitor;
  return {
    rule: opt.spec.name,
    t: opt.t,
    unready: unreadyReason(opt),
    scattered: scatteredReason(opt),
    params: [...shapes].map(([name, shape]) => ({ name, shape, data: params[name] as Float32Array })),
    ...arraysOf(opt),
    progress: progressOf(opt),
    options: optionsOf(opt),
    restoreSchedules({ schedules = {} }) {
      const saved = objectFrom("progress.schedules", schedules);
      for (const [path, schedule] of schedulesWithState(opt)) {
        if (saved[path] === undefined) continue;
        try {
          schedule.state = saved[path];
        } catch (error) {
          throw new CheckpointError("format", [`checkpoint: metadata: the state of the schedule ${path}: ${error}`]);
        }
      }
    },
    take(values) {
      const restore = groups.map(({ hyperParameters }) => hyperParameters.remember());
      const frozen = groups.map((group) => group.frozen);
      const taken = new Set<string>();
      // An ordered pair may need its second member first.
      for (let before = -1; before < taken.size; ) {
        before = taken.size;
        for (const [option, value] of values) if (!taken.has(option) && takeOption(opt, option, value)) taken.add(option);
      }
      return {
        taken,
        undo() {
          for (const call of restore) call();
          for (const [i, group] of groups.entries()) group.frozen = frozen[i] as boolean;
        },
      };
    },
    prepare(caller) {
      opt.discard();
      opt.unshift();
      opt.train();
      const may = ["load", "hyper", "frozen", "discard", "unshift", "train", "dispose"];
      lock.visitor = { name: `an optimizer of which ${caller}() read only a part: load again`, may };
    },
    accept(progress, all) {
      if (all || sharded?.consolidated) sharded?.takeSlices();
      lock.visitor = all ? undefined : torn;
      if (progress) opt.progress = progress as unknown as Numbers;
    },
  };
}

const groupOption = /^groups\[(\d+)\]\.(.*)$/;

/** Sets an option to the file's value. Returns false if that is not possible. */
function takeOption(opt: Optimizer, option: string, value: unknown): boolean {
  const [, index, name = option] = groupOption.exec(option) ?? [];
  const group = opt.parts.groups[index === undefined ? 0 : Number(index) + 1];
  if (!group) return false;
  if (name === "frozen" && index !== undefined && typeof value === "boolean") {
    group.frozen = value;
    return true;
  }
  // A schedule cannot be saved, so a number does not replace it.
  if (!Object.hasOwn(opt.spec.hyper, name) || typeof value !== "number" || typeof group.hyper[name] === "function") return false;
  try {
    group.hyper[name] = value as never;
    return true;
  } catch {
    return false;
  }
}
