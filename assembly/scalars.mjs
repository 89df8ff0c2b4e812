// The scalars that each kernel reads, by the names that its source gives them: `const Rate = scalar<T>(c, 3)` is `rate`, number 3.
import { readFile } from "node:fs/promises";

/** The first ones have the same names in all kernels. */
const prologue = ["scale", "l2", "decay"];
/** Where the gains of averages begin: `averages` in lanes.ts. */
const averages = 8;

const load = String.raw`\bscalar(?:Word)?(?:<\w+>)?\(c\b`;
const loads = new RegExp(load, "g");
const namedLoads = new RegExp(String.raw`(\w)(\w*) = [^,;]*?${load}, (\d+)\)`, "g");
const stores = /\bputScalar\(c, (\d+)/g;
const imports = /import \{ (\w+) \} from "(\.[\w./]+)"/g;
const exports = /export \{ (\w+) \} from "(.+)"/g;

/** Whether the source hands its scalars on to this kernel. */
const handsOn = (/** @type {string} */ source, /** @type {string} */ kernel) =>
  new RegExp(String.raw`\b${kernel}\([^;]*\bc\b`).test(source);

/**
 * The names of all scalars that the kernel of this file reads, in their order. It may hand its scalars on to another kernel; then it reads
 * those of the other one too, except what it stores itself.
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

/** The names of the scalars that each exported kernel reads beside the prologue's. */
export async function kernelScalars() {
  const index = new URL("index.ts", import.meta.url);
  const kernels = [...(await readFile(index, "utf8")).matchAll(exports)].map(async ([, kernel, path]) => {
    const names = await readNames(new URL(`${path}.ts`, index));
    return /** @type {const} */ ([kernel, names.slice(prologue.length)]);
  });
  return Object.fromEntries(await Promise.all(kernels));
}
