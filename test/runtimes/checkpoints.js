// Checkpoints in browsers: files of Node, and a folder of OPFS. Has no imports, like check.js.
// @ts-check

/** @typedef {typeof import("../../src/index.js")} Library */
/** @typedef {typeof import("../../src/opfs/index.js").folder} Folder */
/** @typedef {import("../../src/index.js").Optimizer} Optimizer */

/** The optimizers, by the names of their files. @type {Record<string, (library: Library, options?: object) => Optimizer>} */
export const optimizers = {
  adamw: ({ adamw }, options) => adamw({ w: [300, 150], b: 5 }, { lr: 0.01, ema: true, clipNorm: 1, ...options }),
  prodigy: ({ prodigy }, options) => prodigy({ w: [37, 19], b: 5 }, { ...options }),
  scheduleFreeAdamw: ({ scheduleFreeAdamw }, options) => scheduleFreeAdamw({ w: [37, 19], b: 5 }, { lr: 0.01, ...options }),
};

/** Steps of a training without random numbers. */
export const [saved, end] = [10, 30];

/** Makes steps until t. The gradient has the same bits on every engine. */
export function trainTo(/** @type {Optimizer} */ opt, /** @type {number} */ t) {
  while (opt.t < t) {
    for (const [name, g] of Object.entries(opt.grads))
      for (let i = 0; i < g.length; i++) g[i] = opt.params[name][i] - (i % 7) / 4;
    opt.step();
  }
  return opt;
}

/** Throws unless the states have equal bytes. */
function compare(/** @type {string} */ what, /** @type {Uint8Array} */ found, /** @type {Uint8Array} */ wanted) {
  const same = found.length === wanted.length && found.every((byte, i) => byte === wanted[i]);
  if (!same) throw new Error(`${what}: the bits differ`);
}

/** Loads the files of Node, goes on, and compares with Node's bits. */
async function goOn(/** @type {Library} */ library) {
  const read = async (/** @type {string} */ name) =>
    new Uint8Array(await (await fetch(new URL(name, import.meta.url))).arrayBuffer());
  for (const [name, make] of Object.entries(optimizers)) {
    const opt = make(library);
    const { t } = library.load(opt, await read(`${name}.safetensors`));
    if (t !== saved) throw new Error(`${name}: t expected ${saved}, got ${t}`);
    compare(name, library.save(trainTo(opt, end)), await read(`${name}.end.safetensors`));
  }
  return `${Object.keys(optimizers).length} files of Node`;
}

/** Saves to a folder of OPFS, and loads again. */
async function roundTrip(/** @type {Library} */ library, /** @type {Folder} */ folder, /** @type {object} */ options) {
  const name = `runs/${Math.random()}`;
  const store = await folder(name, { keep: 2, best: 1 });
  const opt = optimizers.adamw(library, options);
  const other = optimizers.adamw(library, options);
  if (await store.latest(opt)) throw new Error("a new folder has a file");
  const states = [];
  for (const loss of [0.5, 0.1, 0.3, 0.4, 0.2]) {
    trainTo(opt, opt.t + 1);
    states.push(library.save(opt));
    await store.save(opt, { loss, extra: [loss] });
  }
  await store.save(opt, { loss: 0.2, extra: [0.2] }); // replaces a file
  const files = (await store.list()).map(({ file }) => file).join();
  const wanted = "best-00000002-loss-0.1.safetensors,step-00000004-loss-0.4.safetensors,step-00000005-loss-0.2.safetensors";
  if (files !== wanted) throw new Error(`files expected ${wanted}, got ${files}`);
  const again = await folder(name);
  for (const [load, step] of /** @type {const} */ ([
    ["latest", 5],
    ["best", 2],
  ])) {
    const found = await again[load](other);
    if (found?.t !== step || found.skipped.length > 0) throw new Error(`${load} expected step ${step}, got ${found?.t}`);
    compare(load, library.save(other), states[step - 1]);
  }
  const root = await navigator.storage.getDirectory();
  const here = await (await root.getDirectoryHandle("runs")).getDirectoryHandle(name.replace("runs/", ""));
  const left = [];
  for await (const key of here.keys()) left.push(key);
  if (left.length !== 3) throw new Error(`left in the folder: ${left}`);
  await root.removeEntry("runs", { recursive: true });
  return "a folder of OPFS";
}

/**
 * @param {Library} library
 * @param {Folder} folder
 * @param {number} threads
 */
export async function checkpoints(library, folder, threads) {
  const parts = [await goOn(library)];
  if (!navigator.storage?.getDirectory) return `${parts}, skipped: no OPFS here`;
  parts.push(await roundTrip(library, folder, {}));
  if (threads > 1) {
    const pool = await library.threads(threads);
    await roundTrip(library, folder, { threads: pool });
    parts.push("the same from shared memory");
    pool.close();
  }
  return parts.join(", ");
}
