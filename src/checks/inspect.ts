// What optimizers show of themselves when they are printed.

import { elements, type Shape } from "../numerics/shape.js";
import { list, show, showNames } from "./errors.js";

/** What is known of an optimizer. */
export interface Inspected {
  readonly name: string;
  readonly t: number;
  readonly bytes: number;
  readonly shapes: readonly (readonly [name: string, shape: Shape])[];
}

const node = Symbol.for("nodejs.util.inspect.custom"); // Bun has it too
const deno = Symbol.for("Deno.customInspect");

const thousands = (count: number) => String(count).replace(/\B(?=(\d{3})+$)/g, ",");
const counted = (count: number, noun: string) => `${thousands(count)} ${noun}${count === 1 ? "" : "s"}`;
/** Options as code has them: `lr: 0.01, ema: { decay: 0.999, warmup: true }`; of schedules what they are at present. */
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
  return `${name} of ${counted(shapes.length, "parameter")}${some}, ${floats}, ${thousands(Number((bytes / 1000).toPrecision(3)))} kB, t = ${t}`;
};

/** An optimizer in one line, with some of its parameters. */
export const oneLine = (inspected: Inspected) =>
  heading(inspected, ` (${list(inspected.shapes.length, (i) => parameter(inspected, i), 3)})`);

/** An optimizer in several lines: a parameter each, then what else there is to say. */
export function manyLines(inspected: Inspected, others: readonly string[]): string {
  const { shapes } = inspected;
  const line = (i: number) => `${parameter(inspected, i)}: ${counted(elements(shapes[i]?.[1] as Shape), "float")}`;
  return [heading(inspected), list(shapes.length, line, 20, "\n  "), ...others].join("\n  ");
}

function parameter({ shapes }: Inspected, index: number): string {
  const [name, shape] = shapes[index] as (typeof shapes)[number];
  return `${showNames([name])} ${show(shape)}`;
}

/** Has consoles print the instances of a class as their view, under this name, which minifying keeps. */
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

/** Has consoles print the values of an object's getters, not that they are getters. */
export const printPlainly = <T extends object>(object: T): T => Object.defineProperty(object, node, plainly);
