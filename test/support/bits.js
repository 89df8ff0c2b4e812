// Hashes of the bits after a training, equal on every engine. Plain JavaScript without imports, so that every engine runs this file. The
// expected table is test/bits.json; `npm run bits` writes it.
// @ts-check

/** @typedef {typeof import("../../src/index.js")} Library */
/** @typedef {import("../../src/index.js").Optimizer} Optimizer */
/** @typedef {import("../../src/index.js").ParameterMap} ParameterMap */
/** @typedef {{ readonly [length: number]: Float32Array }} Lengths */
/** @typedef {Record<string, Record<string, string>>} Table For each rule, a hash for each column. */
/** @typedef {{ readonly options?: object, readonly only?: readonly string[] }} Extent */

const thousand = 1000;

/** Lengths of one parameter for every rule: one lane; a vector and a tail; whole vectors; long enough to share among threads. */
const lengths = [1, 5, 1024, 65_537];

/** The last length with a tenth of the steps. */
const few = "65537, 100 steps";

/** Shapes for rules that depend on them. */
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

/** Offset of an array's numbers, different at each time. */
const offset = (/** @type {number} */ time, /** @type {number} */ index, /** @type {number} */ length) =>
  (7919 * time + 104_729 * index) % (numbers.length - length);

/** The gradient of |p|²/2, plus noise. */
function gradient(/** @type {Optimizer} */ { params, grads }, /** @type {number} */ time) {
  for (const [i, [name, g]] of Object.entries(grads).entries()) {
    const p = params[name];
    const first = offset(time, i, g.length);
    for (let k = 0; k < g.length; k++) g[k] = p[k] + numbers[first + k]; // in f64, and rounded to f32
  }
}

/** FNV-1a with 64 bits in two halves, http://www.isthe.com/chongo/tech/comp/fnv/ */
class Hash {
  #high = 0xcbf29ce4;
  #low = 0x84222325;

  add(/** @type {Float32Array | Float64Array} */ { buffer, byteOffset, byteLength }) {
    let high = this.#high;
    let low = this.#low;
    // All engines are little-endian.
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

/** Changes every hyper-parameter within its interval. */
function changed(/** @type {import("../../src/index.js").Hypers} */ hypers) {
  const entries = Object.entries(hypers).map(([name, [initial]]) => {
    return [name, typeof initial === "boolean" ? !initial : initial === 0 ? 0.0625 : initial * 0.875];
  });
  return Object.fromEntries(entries);
}

/** All options of the engine around a rule. */
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

/** Trains. Returns the hash of parameters, state, averages and carried numbers. */
function train(/** @type {Optimizer} */ opt, steps = thousand) {
  for (const [i, p] of Object.values(opt.params).entries()) {
    const first = offset(0, i, p.length);
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
    if (!values.every(Number.isFinite)) throw new Error(`${opt.spec.name}: ${array} is not finite; NaN has no fixed bits`);
    hash.add(values);
  };
  const { params, state, average, slow, carry } = opt;
  for (const [array, views] of Object.entries({ params, ...state, average, slow })) {
    for (const view of Object.values(views ?? {})) add(array, view);
  }
  add("carry", Float64Array.from(Object.values(carry)));
  return String(hash);
}

/** L-BFGS on Rosenbrock's function in six dimensions. */
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
 * Computes the table on this engine. Yields to the event loop after each rule.
 * @param {Library} library
 * @param {Extent} [extent] Options for every optimizer, such as threads, and the columns; default: all columns.
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
 * Describes all differences from the expected table, including missing rows and columns.
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
