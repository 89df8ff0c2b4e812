// The check of the library in every engine. Has no imports, so that every engine runs this file.
// @ts-check

/** @typedef {typeof import("../../src/index.js")} Library */
/** @typedef {import("../support/bits.js")} Bits */
/** @typedef {import("../support/bits.js").Table} Table */

/** Runs the training of README.md. */
function train(/** @type {Library} */ { adam }) {
  const opt = adam({ slope: 1, offset: 1 }, { lr: 0.05 });
  for (let t = 0; t < 1000; t++) {
    const x = (t % 17) / 8 - 1;
    const error = opt.params.slope[0] * x + opt.params.offset[0] - (3 * x + 1);
    opt.grads.slope[0] = error * x;
    opt.grads.offset[0] = error;
    opt.step();
  }
  const line = `y = ${opt.params.slope[0].toFixed(3)} x + ${opt.params.offset[0].toFixed(3)}`;
  if (line !== "y = 3.000 x + 1.000") throw new Error(`the training expected y = 3.000 x + 1.000, got ${line}`);
}

/** Compares the hashes. Returns their number. */
async function compare(
  /** @type {Library} */ library,
  /** @type {Bits} */ { bits, differences },
  /** @type {Table} */ expected,
  /** @type {import("../support/bits.js").Extent} */ extent,
) {
  const found = await bits(library, extent);
  const different = differences(found, expected, extent.only);
  if (different.length > 0) throw new Error(`the bits differ: ${different.join("; ")}`);
  return Object.values(found).reduce((count, row) => count + Object.keys(row).length, 0);
}

/** All columns but 65537, which takes two thirds of the time. */
const short = ["1", "5", "1024", "65537, 100 steps", "tensors", "changed", "machinery", "schedule", "minimize"];

/**
 * Trains, and compares the table of bits on one thread and on a pool. Returns a summary.
 * @param {Library} library
 * @param {Bits} table
 * @param {Table} expected
 * @param {{ readonly threads?: number, readonly size?: number, readonly quick?: boolean }} [wanted]
 *   `threads`: requested size of the pool. `size`: its expected size. `quick`: leave out 1000 steps on 65,537 elements.
 * @returns {Promise<string>}
 * @throws Error if anything differs.
 */
export async function check(library, table, expected, { threads = 1, size = threads, quick = false } = {}) {
  train(library);
  const hashes = await compare(library, table, expected, quick ? { only: short } : {});
  const pool = await library.threads(threads);
  Object.assign(pool, { eager: true }); // shares every long call
  if (pool.size !== size) throw new Error(`threads(${threads}) has ${pool.size}, expected ${size}`);
  const only = [quick ? "65537, 100 steps" : "65537"];
  const shared = size > 1 ? await compare(library, table, expected, { options: { threads: pool }, only }) : 0;
  pool.close();
  return `${hashes} hashes, ${size > 1 ? `${shared} of ${size} threads` : "one thread"}`;
}
