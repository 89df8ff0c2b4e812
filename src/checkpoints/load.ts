import { checkChoice, checkFunction, checkInteger, readOptions } from "../checks/check.js";
import { show, wrongKind } from "../checks/errors.js";
import type { Optimizer } from "../engine/optimizer.js";
import { elements } from "../numerics/shape.js";
import { CheckpointError } from "./checkpointError.js";
import type { Contents, GroupNumbers, Json, NamedArray, Progress } from "./contents.js";
import type { Header, StoredTensor } from "./headerText.js";
import { type Metadata, readMetadata } from "./metadata.js";
import { readProgress } from "./optimizerContents.js";
import { readSafetensors } from "./readSafetensors.js";
import { isReadable, readTensor } from "./readTensor.js";
import { contentsOf, type Saveable } from "./save.js";
import { type Source, toSource } from "./source.js";

/** Options of `load`. */
export interface LoadOptions {
  /** Completed steps, if the file does not say: a file of PyTorch's SGD or Muon. An integer of at least 0. */
  readonly t?: number;
  /** "params": loads the parameters alone. State, numbers and t stay as they are. By default everything is loaded. */
  readonly only?: "params";
  /** The name in the file of each parameter; undefined leaves the parameter and its state alone. By default names are equal. */
  readonly rename?: (name: string) => string | undefined;
  /** What to do if the file lacks arrays of the optimizer. "keep" leaves them as they are. Default "throw". */
  readonly missing?: "throw" | "keep";
  /** What to do if the file has tensors that the optimizer does not use. Default "throw". */
  readonly unused?: "throw" | "ignore";
  /**
   * What to do if the file has another rule or other options. "keep" keeps those of the optimizer; of another rule, the arrays with equal
   * names are loaded, and the others stay. "take" sets hyper-parameters and `frozen` to the values of the file; other differences throw.
   * Default "throw".
   */
  readonly differences?: "throw" | "keep" | "take";
}

/**
 * What `fit` adds to the options of `load`: compares the file's state of a training loop with the loop, before the first change. A
 * CheckpointError that it throws joins the other problems.
 * @internal
 */
export interface WithFitCheck {
  readonly checkFit?: (fit: Json | undefined) => void;
}

/** A difference between the optimizer and the file. */
export interface Difference {
  /** The option, such as `lr` or `groups[0].frozen`; "rule" for the rule. */
  readonly what: string;
  /** The optimizer's value before loading; undefined if it has none. */
  readonly here: unknown;
  /** The file's value; undefined if it has none. */
  readonly there: unknown;
}

/** What `load` found. */
export interface Loaded {
  /** Completed steps of the optimizer. */
  readonly t: number;
  /** The value of the option `extra` of `save`. */
  readonly extra: Json | undefined;
  /** The optimizer's arrays that are not in the file, by the names of the file. */
  readonly missing: readonly string[];
  /** The file's tensors that the optimizer did not use. */
  readonly unused: readonly string[];
  /** The tensors that were converted to 32 bits, with their types: F16, BF16 and F64. */
  readonly converted: readonly string[];
  /** Rule and options that differ. */
  readonly differences: readonly Difference[];
}

type Reason = CheckpointError["reason"];

/** Collects all problems, so that one error lists them. */
class Problems {
  readonly #found: [reason: Reason, detail: string][] = [];

  add(reason: Reason, detail: string): void {
    this.#found.push([reason, `load: ${detail}`]);
  }

  /** Calls a function. Collects the problems of a CheckpointError that it throws. */
  collect<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      for (const detail of error.details) this.#found.push([error.reason, detail]);
      return undefined;
    }
  }

  throwIfAny(): void {
    const order: Reason[] = ["format", "version", "rule", "names", "shapes", "options"];
    const [first] = [...this.#found].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
    if (first)
      throw new CheckpointError(
        first[0],
        this.#found.map(([, detail]) => detail),
      );
  }
}

function readLoadOptions(caller: string, options: unknown): LoadOptions & WithFitCheck {
  const names = ["t", "only", "rename", "missing", "unused", "differences", "checkFit"] as const;
  const given = Object.fromEntries(readOptions(caller, names, options)) as Partial<Record<(typeof names)[number], unknown>>;
  const { t, only, rename, missing = "throw", unused = "throw", differences = "throw" } = given;
  if (t !== undefined) checkInteger(`${caller}: t`, 0, t);
  if (only !== undefined) checkChoice(`${caller}: only`, ["params"], only);
  if (rename !== undefined) checkFunction(`${caller}: rename`, rename);
  checkChoice(`${caller}: missing`, ["throw", "keep"], missing);
  checkChoice(`${caller}: unused`, ["throw", "ignore"], unused);
  checkChoice(`${caller}: differences`, ["throw", "keep", "take"], differences);
  if (only && t !== undefined) throw new TypeError(`${caller}: t expected to be left out with only: "params", got ${t}`);
  return { ...given, missing, unused, differences } as LoadOptions;
}

/** The names in the file. `parameters` maps names here to names there; undefined is left alone. */
function namesIn(header: Header, contents: Contents, rename: LoadOptions["rename"], isOurs: boolean) {
  const parameters = new Map<string, string | undefined>();
  for (const { name } of contents.params) {
    const there: unknown = rename ? rename(name) : name;
    if (there !== undefined && typeof there !== "string")
      throw wrongKind(`load: rename of ${show(name)}`, "to return a name or undefined", there);
    parameters.set(name, there);
  }
  // Files of models have parameters by their own names, which may begin with "model." too.
  const { tensors } = header;
  const prefixed = isOurs || [...parameters.values()].some((there = "") => tensors.has(`model.${there}`) && !tensors.has(there));
  /** The name in the file of a state array; undefined if its parameter is left alone. */
  const ofState = ({ name, of }: NamedArray): string | undefined => {
    if (!of) return name;
    const there = parameters.get(of.parameter);
    return there === undefined ? undefined : name.slice(0, of.at) + there + name.slice(of.at + of.parameter.length);
  };
  return { parameters, ofParameter: (there: string) => (prefixed ? `model.${there}` : there), prefixed, ofState };
}

type Names = ReturnType<typeof namesIn>;

/** A tensor of the file, and the array that it goes into. */
interface Match {
  readonly name: string;
  readonly tensor: StoredTensor;
  readonly into: Float32Array;
}

/** Whether shapes are equal. A number may have the shape [] or [1]. */
const sameShape = (a: readonly number[], b: readonly number[]) =>
  a.join() === b.join() || (elements(a) === 1 && elements(b) === 1 && a.length < 2 && b.length < 2);

/** Matches the optimizer's arrays with the file's tensors. `required`: the file must have all of them. */
function match(
  header: Header,
  contents: Contents,
  names: Names,
  only: boolean,
  otherRule: boolean,
  required: boolean,
  problems: Problems,
) {
  const { params, state, derived } = contents;
  const matches: Match[] = [];
  const missing: string[] = [];
  const used = new Set<string>();
  const find = ({ shape, data }: NamedArray, name: string | undefined, optional = false) => {
    if (name === undefined) return;
    const tensor = header.tensors.get(name);
    // Another rule may use the name for something else.
    if (!tensor || (optional && !sameShape(tensor.shape, shape))) {
      missing.push(name);
      if (required && !optional) problems.add("names", `the file has no tensor ${show(name)}`);
      return;
    }
    used.add(name);
    if (!isReadable(tensor.dtype))
      problems.add("format", `tensor ${show(name)} expected F32, F64, F16 or BF16, got ${tensor.dtype}`);
    else if (!sameShape(tensor.shape, shape))
      problems.add("shapes", `tensor ${show(name)} expected the shape ${show(shape)}, got ${show(tensor.shape)}`);
    else matches.push({ name, tensor, into: data });
  };
  for (const array of params) {
    const there = names.parameters.get(array.name);
    find(array, there === undefined ? undefined : names.ofParameter(there));
  }
  if (!only) {
    for (const array of state) find(array, names.ofState(array), otherRule);
    for (const array of derived) used.add(names.ofState(array) ?? "");
  }
  const belongs = (name: string) => !only || !names.prefixed || name.startsWith("model.");
  const unused = [...header.tensors.keys()].filter((name) => !used.has(name) && belongs(name));
  return { matches, missing, unused };
}

/** The rule and the options that differ. */
function compare({ rule, options }: Contents, saved: Metadata, names: Names): Difference[] {
  if (rule !== saved.rule) return [{ what: "rule", here: rule, there: saved.rule }];
  const all = new Set([...options.keys(), ...saved.options.keys()]);
  const stored = new Set([saved.options.get("parameters")].flat());
  const ours = new Set(names.parameters.values());
  return [...all].flatMap((what) => {
    let [here, there] = [options.get(what), saved.options.get(what)];
    if (here && there && /^(groups\[\d+\]\.)?parameters$/.test(what)) {
      // What only one side has is missing or unused. Groups have no order.
      const known = [here].flat().map((name) => names.parameters.get(name as string));
      here = known.filter((name) => stored.has(name as string)) as Json;
      there = [there].flat().filter((name) => ours.has(name as string)) as Json;
      if (what !== "parameters") (here as string[]).sort();
    }
    return JSON.stringify(here) === JSON.stringify(there) ? [] : [{ what, here, there }];
  });
}

/** The progress in a file of PyTorch: the numbers of steps, and what `torchNumbers` carries. */
function torchProgress(
  opt: Saveable,
  source: Source,
  header: Header,
  names: Names,
  t: number | undefined,
  problems: Problems,
): Progress {
  const { spec } = opt as Optimizer;
  const read = (parameter: string, key: string) => {
    const name = `optim.state.${parameter}.${key}`;
    const tensor = header.tensors.get(name);
    if (!tensor || !isReadable(tensor.dtype) || elements(tensor.shape) !== 1) return undefined;
    const cell = new Float64Array(1);
    readTensor(source, name, tensor, cell);
    return cell[0];
  };
  const groups: GroupNumbers[] = [];
  for (const there of names.parameters.values()) {
    if (there === undefined) continue;
    let steps = read(there, "step") ?? t;
    if (steps === undefined) {
      problems.add(
        "format",
        `the option t expected the number of completed steps, because the file does not have it for ${show(there)}`,
      );
    } else if (!Number.isSafeInteger(steps) || steps < 0) {
      problems.add("format", `optim.state.${there}.step expected an integer of at least 0, got ${steps}`);
      steps = 0;
    }
    const carry: Record<string, number> = { ...spec.carry };
    for (const [key, source] of Object.entries(spec.torchNumbers ?? {}))
      if (typeof source === "string") carry[source] = read(there, key) ?? (carry[source] as number);
    groups.push({ names: [there], steps: steps ?? 0, averaged: 0, carry, scheduled: {} });
  }
  return { t: Math.max(0, ...groups.map(({ steps }) => steps)), groups };
}

/** Loads a checkpoint. Also returns the state of a training loop. @internal */
export function loadFrom(
  caller: string,
  opt: Saveable,
  file: Uint8Array | Source,
  options?: LoadOptions,
): { loaded: Loaded; fit?: Json } {
  const read = readLoadOptions(caller, options);
  const { t, only, rename, missing: ifMissing, unused: ifUnused, differences: ifDifferent, checkFit } = read;
  contentsOf(caller, opt); // throws for other values
  const isRule = "spec" in opt;
  opt.checkIdle(caller);
  const source = toSource(file);
  const header = readSafetensors(source);
  const saved = readMetadata(header);
  const contents = contentsOf(caller, opt, !only && saved?.rule === "lbfgs" ? saved.progress : undefined);
  const names = namesIn(header, contents, rename, saved !== undefined);
  const problems = new Problems();
  problems.collect(() => checkFit?.(saved?.fit));
  const differences = saved && !only ? compare(contents, saved, names) : [];
  const otherRule = differences[0]?.what === "rule";
  const required = ifMissing === "throw";
  const { matches, missing, unused } = match(header, contents, names, only !== undefined, otherRule, required, problems);
  if (ifUnused === "throw" && !otherRule)
    for (const name of unused) problems.add("names", `the optimizer has no array for the tensor ${show(name)} of the file`);
  let progress: unknown;
  if (otherRule && isRule === (saved?.rule === "lbfgs")) {
    problems.add("rule", `rule expected ${contents.rule}, got ${saved?.rule} in the file, which shares nothing but parameters`);
  } else if (!only && isRule) {
    const found = saved?.progress ?? torchProgress(opt, source, header, names, t, problems);
    // Parameters that the file lacks keep their numbers.
    const thereOf = (name: string) => {
      const there = names.parameters.get(name);
      return there !== undefined && header.tensors.has(names.ofParameter(there)) ? there : undefined;
    };
    progress = problems.collect(() => readProgress(opt, found, thereOf, otherRule));
  } else if (!only && !saved) {
    problems.add("format", "the file expected to be one of lbfgs, got one without its numbers");
  }
  if (!only && contents.scattered !== undefined && matches.length < contents.params.length + contents.state.length)
    problems.add("names", `without an array for every one of the optimizer, ${contents.rule} expected ${contents.scattered}`);
  const take = ifDifferent === "take" ? new Map(differences.map(({ what, there }) => [what, there])) : undefined;
  const { taken, undo } = contents.take(take ?? new Map());
  for (const { what, here, there } of differences) {
    if (ifDifferent === "keep" || taken.has(what)) continue;
    const reason = what === "rule" ? "rule" : "options";
    problems.add(reason, `${what} expected ${showJson(here)}, got ${showJson(there)} in the file`);
  }
  try {
    problems.throwIfAny();
    if (!only) contents.restoreSchedules(saved?.progress ?? {});
  } catch (error) {
    undo();
    throw error;
  }

  contents.prepare(caller);
  for (const { name, tensor, into } of matches) readTensor(source, name, tensor, into);
  contents.accept(progress as Progress | undefined, matches.length === contents.params.length + contents.state.length);
  const converted = matches.filter(({ tensor }) => tensor.dtype !== "F32").map(({ name, tensor }) => `${name}: ${tensor.dtype}`);
  const loaded = { t: opt.t, extra: saved?.extra, missing, unused, converted, differences };
  return saved?.fit === undefined ? { loaded } : { loaded, fit: saved.fit };
}

const showJson = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value));

/**
 * Loads what `save` saved, or a file of PyTorch or another program. Training then goes on with the bits of an uninterrupted run. Checks
 * everything before the first change: one error lists all differences. Ends `shift()`, `eval()` and accumulation. Gradients stay.
 * @param opt an optimizer of the same rule, parameters and options
 * @param file the bytes of the file, or a Source of them. A Source is read in pieces, straight into the optimizer's memory.
 * @throws CheckpointError, and nothing is changed, if the file is damaged, or does not fit; TypeError or RangeError for a wrong option;
 * Error from inside a callback. If `read()` of a Source throws, the error passes through; if that is after the first change, the
 * optimizer refuses to step until another `load`.
 * @example
 * ```ts
 * const opt = sgd({ x: 2 });
 * const { t, extra } = load(opt, save(sgd({ x: 2 }), { extra: { seed: 3 } }));
 * console.log(t, JSON.stringify(extra)); // prints 0 {"seed":3}
 * ```
 */
export function load(opt: Saveable, file: Uint8Array | Source, options?: LoadOptions): Loaded {
  return loadFrom("load", opt, file, options).loaded;
}
