// The scalars of each kernel, named as in its source: `const Rate = scalar<T>(c, 3)` is `rate`, number 3.
import { readFile } from "node:fs/promises";

/** The first scalars of every kernel. */
const prologue = ["scale", "l2", "decay"];
/** Index of the first gain: `averages` in lanes.ts. */
const averages = 8;

const load = String.raw`\bscalar(?:Word)?(?:<\w+>)?\(c\b`;
const loads = new RegExp(load, "g");
const namedLoads = new RegExp(String.raw`(\w)(\w*) = [^,;]*?${load}, (\d+)\)`, "g");
const stores = /\bputScalar\(c, (\d+)/g;
const imports = /import \{ (\w+) \} from "(\.[\w./]+)"/g;
const exports = /export \{ (\w+) \} from "(.+)"/g;

/** Whether the source passes its scalars to this kernel. */
const handsOn = (/** @type {string} */ source, /** @type {string} */ kernel) =>
  new RegExp(String.raw`\b${kernel}\([^;]*\bc\b`).test(source);

/**
 * The names of all scalars of the kernel in this file, in order. If the kernel passes its scalars to another kernel, it also has the
 * other's scalars, except those that it stores itself.
 */
async function readNames(/** @type {URL} */ file) {
  const source = await readFile(file, "utf8");
  /** @type {(string | undefined)[]} */
  const names = [...prologue];
  const add = (/** @type {number} */ index, /** @type {string} */ name) => {
    if ((names[index] ?? name) !== name) throw new Error(`${file}: scalar ${index} is ${names[index]} and ${name}`);
    names[index] = name;
  };
  const named = [...source.matchAll(namedLoads)];
  if (named.length < [...source.matchAll(loads)].length) throw new Error(`${file}: a scalar is read without a name`);
  for (const [, initial, rest, index] of named) add(Number(index), initial.toLowerCase() + rest);
  const stored = [...source.matchAll(stores)].map(([, index]) => Number(index));
  for (const [, kernel, path] of source.matchAll(imports)) {
    if (!handsOn(source, kernel)) continue;
    for (const [index, name] of (await readNames(new URL(`${path}.ts`, file))).entries())
      if (!stored.includes(index)) add(index, name);
  }
  const complete = names.flatMap((name) => name ?? []);
  if (new Set(complete).size < names.length || names.length > averages)
    throw new Error(`${file}: expected at most ${averages} scalars, each with an index and a name of its own, got ${names}`);
  return complete;
}

/** The names of each exported kernel's scalars, without the prologue. */
export async function kernelScalars() {
  const index = new URL("index.ts", import.meta.url);
  const kernels = [...(await readFile(index, "utf8")).matchAll(exports)].map(async ([, kernel, path]) => {
    const names = await readNames(new URL(`${path}.ts`, index));
    return /** @type {const} */ ([kernel, names.slice(prologue.length)]);
  });
  return Object.fromEntries(await Promise.all(kernels));
}
