// The bits that a training ends with, as hashes: the same on every engine. A plain module without imports, so that all of them
// run this very file; test/bits.json is the table that they compare with, `npm run bits` writes it.
// @ts-check

/** @typedef {typeof import("../../src/index.js")} Library */
/** @typedef {import("../../src/index.js").Optimizer} Optimizer */
/** @typedef {import("../../src/index.js").ParameterMap} ParameterMap */
/** @typedef {{ readonly [length: number]: Float32Array }} Lengths */
/** @typedef {Record<string, Record<string, string>>} Table For each rule: hashes by what it was run on. */
/** @typedef {{ readonly options?: object, readonly only?: readonly string[] }} Extent */

const thousand = 1000;

/** Lengths of one parameter that every rule is run on: of one lane, a vector and a tail, whole vectors, and one that threads share. */
const lengths = [1, 5, 1024, 65_537];

/** The last of them for a tenth of the steps. */
const few = "65537, 100 steps";

/** For rules that look at tensors. */
const tensors = { matrix: [37, 19], stack: [3, 4, 5], vector: 6 };

/**
 * Numbers in (-1, 1) of all magnitudes down to 2^-38, exact in f32: the upper 24 bits of a linear congruential generator,
 * times a power of two.
 */
function pseudoRandom(/** @type {number} */ count) {
  const numbers = new Float32Array(count);
  let state = 1;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    numbers[i] = ((state >>> 8) / 2 ** 23 - 1) / 2 ** ((state >>> 8) % 16);
  }
  return numbers;
}

const numbers = pseudoRandom(2 ** 17);

/** Where the numbers of an array begin, another place at each time. */
const place = (/** @type {number} */ time, /** @type {number} */ index, /** @type {number} */ length) =>
  (7919 * time + 104_729 * index) % (numbers.length - length);

/** The gradient of |p|²/2, and noise. */
function gradient(/** @type {Optimizer} */ { params, grads }, /** @type {number} */ time) {
  for (const [i, [name, g]] of Object.entries(grads).entries()) {
    const p = params[name];
    const first = place(time, i, g.length);
    for (let k = 0; k < g.length; k++) g[k] = p[k] + numbers[first + k]; // in f64, and rounded to f32
  }
}

/** FNV-1a of 64 bits, http://www.isthe.com/chongo/tech/comp/fnv/, in two halves. */
class Hash {
  #high = 0xcbf29ce4;
  #low = 0x84222325;

  add(/** @type {Float32Array | Float64Array} */ { buffer, byteOffset, byteLength }) {
    let high = this.#high;
    let low = this.#low;
    // All engines that run this are little-endian.
    for (const byte of new Uint8Array(buffer, byteOffset, byteLength)) {
      low = (low ^ byte) >>> 0;
      const product = low * 0x1b3; // the prime is 2^40 + 0x1b3
      high = (high * 0x1b3 + Math.floor(product / 2 ** 32) + low * 256) % 2 ** 32;
      low = product >>> 0;
    }
    this.#high = high;
    this.#low = low;
  }

  toString() {
    return [this.#high, this.#low].map((half) => half.toString(16).padStart(8, "0")).join("");
  }
}

/** Every hyper-parameter another than by default, still within its interval. */
function changed(/** @type {import("../../src/index.js").Hypers} */ hypers) {
  const entries = Object.entries(hypers).map(([name, [usual]]) => {
    return [name, typeof usual === "boolean" ? !usual : usual === 0 ? 0.0625 : usual * 0.875];
  });
  return Object.fromEntries(entries);
}

/** What the engine does around a rule, all at once. */
const machinery = {
  clipNorm: 0.5,
  clipValue: 0.9,
  clipAdaptive: 0.5,
  clipTensorNorm: 30,
  centralize: true,
  noise: { eta: 0.01 },
  decay: "proximal",
  accumulate: true,
  ema: true,
  lookahead: true,
  zeroGrad: true,
  sam: true,
};

/** Trains, and hashes parameters, state, averages and carried numbers. */
function train(/** @type {Optimizer} */ opt, steps = thousand) {
  for (const [i, p] of Object.values(opt.params).entries()) {
    const first = place(0, i, p.length);
    p.set(numbers.subarray(first, first + p.length));
  }
  for (let t = 1; t <= steps; t++) {
    if (opt.spec.observe && t % 10 === 1) {
      gradient(opt, thousand + t);
      opt.observe();
    }
    gradient(opt, t);
    if (opt.accumulates) opt.accumulate();
    if (opt.sam) {
      opt.shift();
      gradient(opt, 2 * thousand + t);
    }
    opt.step();
  }
  const hash = new Hash();
  const add = (/** @type {string} */ array, /** @type {Float32Array | Float64Array} */ values) => {
    if (!values.every(Number.isFinite)) throw new Error(`${opt.spec.name}: ${array} is not finite, and has no bits to compare`);
    hash.add(values);
  };
  const { params, state, average, slow, carry } = opt;
  for (const [array, views] of Object.entries({ params, ...state, average, slow })) {
    for (const view of Object.values(views ?? {})) add(array, view);
  }
  add("carry", Float64Array.from(Object.values(carry)));
  return String(hash);
}

/** Rosenbrock's function in six dimensions by L-BFGS. */
function minimized(/** @type {Library} */ { minimize }) {
  /** @type {(x: Float32Array, g: Float32Array) => number} */
  const rosenbrock = (x, g) => {
    let f = 0;
    for (let i = 0; i + 1 < x.length; i++) {
      const rise = x[i + 1] - x[i] * x[i];
      f += 100 * rise * rise + (1 - x[i]) * (1 - x[i]);
      g[i] += -400 * rise * x[i] - 2 * (1 - x[i]);
      g[i + 1] += 200 * rise;
    }
    return f;
  };
  const { x, value } = minimize(rosenbrock, Float32Array.of(-1.25, 1, 0.5, -0.75, 2, -1));
  const hash = new Hash();
  hash.add(x);
  hash.add(Float64Array.of(value));
  return String(hash);
}

/**
 * The table as this engine computes it, rule by rule; the engine may do something else after each.
 * @param {Library} library
 * @param {Extent} [extent] Options for every optimizer, such as threads; and the columns that are wanted, by default all.
 * @returns {Promise<Table>}
 */
export async function bits(library, { options = {}, only } = {}) {
  /** @type {Table} */
  const table = {};
  const wanted = (/** @type {string} */ column) => only === undefined || only.includes(column);
  for (const [name, rule] of Object.entries(library.rules)) {
    const make = /** @type {(parameters: ParameterMap, options: object) => Optimizer} */ (/** @type {unknown} */ (rule));
    /** @type {Record<string, string>} */
    const row = {};
    for (const length of lengths) if (wanted(String(length))) row[length] = train(make({ x: length }, options));
    if (wanted(few)) row[few] = train(make({ x: 65_537 }, options), 100);
    if (wanted("tensors")) row.tensors = train(make(tensors, options));
    if (wanted("changed")) row.changed = train(make(tensors, { ...changed(rule.spec.hyper), ...options }));
    if (wanted("machinery")) row.machinery = train(make(tensors, { ...machinery, ...options }));
    table[name] = row;
    await new Promise((resolve) => setTimeout(resolve));
  }
  if (wanted("schedule")) {
    const { adamw, cosineDecay, warmup } = library;
    const lr = warmup(cosineDecay(0.01, { steps: 900 }), { steps: 100 });
    table.adamw.schedule = train(/** @type {any} */ (adamw(tensors, { lr, ...options })));
  }
  if (wanted("minimize")) table.lbfgs = { minimize: minimized(library) };
  return table;
}

/**
 * What differs from the expected table, in words; a row or column that is missing does.
 * @param {Table} found
 * @param {Table} expected
 * @param {readonly string[]} [only] As of `bits`.
 */
export function differences(found, expected, only) {
  const rows = [...new Set([...Object.keys(expected), ...Object.keys(found)])];
  return rows.flatMap((rule) => {
    const columns = [...new Set([...Object.keys(expected[rule] ?? {}), ...Object.keys(found[rule] ?? {})])];
    return columns
      .filter((column) => only === undefined || only.includes(column))
      .filter((column) => expected[rule]?.[column] !== found[rule]?.[column])
      .map((column) => `${rule} on ${column}: expected ${expected[rule]?.[column]}, got ${found[rule]?.[column]}`);
  });
}
