// What the library must do in every engine. Without imports, as all of them run this very file.
// @ts-check

/** @typedef {typeof import("../../src/index.js")} Library */
/** @typedef {import("../support/bits.js")} Bits */
/** @typedef {import("../support/bits.js").Table} Table */

/** The training of README.md. */
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
  if (line !== "y = 3.000 x + 1.000") throw new Error(`the training ends with ${line}`);
}

/** The number of hashes that were compared. */
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

/** The columns that take a second, for what runs the bundles of one engine. */
const short = ["1", "5", "1024", "65537, 100 steps", "tensors", "changed", "machinery", "schedule", "minimize"];

/**
 * Trains, compares the table of bits, and what threads do of it, and says so.
 * @param {Library} library
 * @param {Bits} table
 * @param {Table} expected
 * @param {{ readonly threads?: number, readonly size?: number, readonly quick?: boolean }} [wanted]
 *   A pool of how many threads is made, and how many it has; and whether rows of a thousand steps on 65,537 elements are left out.
 * @returns {Promise<string>}
 * @throws Error when anything differs.
 */
export async function check(library, table, expected, { threads = 1, size = threads, quick = false } = {}) {
  train(library);
  const hashes = await compare(library, table, expected, quick ? { only: short } : {});
  const pool = await library.threads(threads);
  if (pool.size !== size) throw new Error(`threads(${threads}) has ${pool.size}, expected ${size}`);
  const only = [quick ? "65537, 100 steps" : "65537"];
  const shared = size > 1 ? await compare(library, table, expected, { options: { threads: pool }, only }) : 0;
  pool.close();
  return `${hashes} hashes, ${size > 1 ? `${shared} of ${size} threads` : "one thread"}`;
}
