// What optimizers show of themselves when they are printed.

import { list, show } from "./errors.js";
import type { Shape } from "./shape.js";

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
const floatsOf = (shape: Shape) => shape.reduce((product, size) => product * size, 1);

function sized(bytes: number): string {
  const power = Math.floor((String(bytes).length - 1) / 3);
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${["B", "kB", "MB", "GB"][power]}`;
}

/** Options as code has them: `lr: 0.01, ema: { decay: 0.999, warmup: true }`; of schedules what they are at present. */
export function options(entries: readonly (readonly [name: string, value: unknown])[], current?: object): string {
  const shown = entries.map(([name, value]) => {
    if (typeof value === "object" && value !== null) return `${name}: { ${options(Object.entries(value))} }`;
    return `${name}: ${typeof value === "function" ? `a schedule, now ${show(current?.[name as never])}` : show(value)}`;
  });
  return shown.join(", ");
}

/** An optimizer in one line, with some of its parameters or with the number of them alone. */
export function oneLine({ name, t, bytes, shapes }: Inspected, most = 3): string {
  const some = list(shapes.length, (i) => (shapes[i] as [string, Shape]).map(showPart).join(" "), most);
  const floats = shapes.reduce((sum, [, shape]) => sum + floatsOf(shape), 0);
  return `${name} of ${counted(shapes.length, "parameter")}${most ? ` (${some})` : ""}, ${counted(floats, "float")}, ${sized(bytes)}, t = ${t}`;
}

const showPart = (part: string | Shape) => (typeof part === "string" ? part : show(part));

/** An optimizer in several lines: a parameter each, then what else there is to say. */
export function manyLines(inspected: Inspected, others: readonly string[]): string {
  const { shapes } = inspected;
  const parameters = shapes.slice(0, 20).map(([name, shape]) => `${name}: ${show(shape)}, ${counted(floatsOf(shape), "float")}`);
  if (shapes.length > 20) parameters.push(`… and ${shapes.length - 20} more`);
  return [oneLine(inspected, 0), ...parameters, ...others].join("\n  ");
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
