// How consoles print optimizers.

import { elements, type Shape } from "../numerics/shape.js";
import { list, show, showNames } from "./errors.js";

/** The facts that a printed optimizer shows. */
export interface Inspected {
  readonly name: string;
  readonly t: number;
  readonly bytes: number;
  readonly shapes: readonly (readonly [name: string, shape: Shape])[];
}

const node = Symbol.for("nodejs.util.inspect.custom"); // Bun has it too
const deno = Symbol.for("Deno.customInspect");

const thousands = (count: number) => String(count).replace(/\B(?=(\d{3})+$)/g, ",");
/** `1 memory`, `2,000 floats`. */
export const counted = (count: number, noun: string, nouns = `${noun}s`) => `${thousands(count)} ${count === 1 ? noun : nouns}`;
/** Bytes with three digits: `65.5 kB`. */
export const kilobytes = (bytes: number) => `${thousands(Number((bytes / 1000).toPrecision(3)))} kB`;
/** Options as code: `lr: 0.01, ema: { decay: 0.999, warmup: true }`. A schedule shows its current value. */
export function options(entries: readonly (readonly [name: string, value: unknown])[], current?: object): string {
  const shown = entries.map(([name, value]) => {
    if (typeof value === "object" && value !== null) return `${name}: { ${options(Object.entries(value))} }`;
    return `${name}: ${typeof value === "function" ? `a schedule, now ${show(current?.[name as never])}` : show(value)}`;
  });
  return shown.join(", ");
}

const heading = ({ name, t, bytes, shapes }: Inspected, some = "") => {
  const floats = counted(
    shapes.reduce((sum, [, shape]) => sum + elements(shape), 0),
    "float",
  );
  return `${name} of ${counted(shapes.length, "parameter")}${some}, ${floats}, ${kilobytes(bytes)}, t = ${t}`;
};

/** An optimizer in one line, with some of its parameters. */
export const oneLine = (inspected: Inspected) =>
  heading(inspected, ` (${list(inspected.shapes.length, (i) => parameter(inspected, i), 3)})`);

/** An optimizer in several lines: a heading, a line for each parameter, then `others`. */
export function manyLines(inspected: Inspected, others: readonly string[]): string {
  const { shapes } = inspected;
  const line = (i: number) => `${parameter(inspected, i)}: ${counted(elements(shapes[i]?.[1] as Shape), "float")}`;
  return [heading(inspected), list(shapes.length, line, 20, "\n  "), ...others].join("\n  ");
}

function parameter({ shapes }: Inspected, index: number): string {
  const [name, shape] = shapes[index] as (typeof shapes)[number];
  return `${showNames([name])} ${show(shape)}`;
}

/** Makes consoles print instances of a class as `view(object)`, with this class name even after minification. */
export function printable<T extends object>(prototype: T, name: string, view: (object: T) => unknown): void {
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name });
  const value = function (this: T) {
    return view(this);
  };
  for (const symbol of [node, deno]) Object.defineProperty(prototype, symbol, { value });
}

const plainly = {
  value(this: object) {
    return { ...this };
  },
};

/** Makes consoles print the values of an object's getters instead of `[Getter]`. */
export const printPlainly = <T extends object>(object: T): T => Object.defineProperty(object, node, plainly);
