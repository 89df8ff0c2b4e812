// The program of a page in the browser tests, and of its Web Worker. The query says what to run. The page sends the result to the server,
// which answers with the address of the next page. Has no imports, like check.js.
// @ts-check

const inWorker = typeof document === "undefined";
const query = new URLSearchParams(location.search);

/** The message of the expected error. */
async function failing(/** @type {() => unknown} */ make) {
  try {
    await make();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error("expected an error, got none");
}

/** Firefox collects a worker without references, even while its program awaits an answer. @type {Set<Worker>} */
const workers = new Set();

/** Runs the check in a Web Worker, from the same bundle. */
function fromWorker() {
  const others = new URLSearchParams(query);
  others.set("mode", "check");
  const worker = new Worker(`${import.meta.url}?${others}`, { type: "module" });
  workers.add(worker);
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data: { said, failed } }) => (failed ? reject(new Error(failed)) : resolve(said));
    worker.onerror = ({ message }) => reject(new Error(message));
  });
}

/** Small optimizers that a page has at the same time. */
const many = 4096;

/** Makes many optimizers in one arena, and a step of each. @param {typeof import("../../src/index.js")} library */
function share({ adam, arena }) {
  const memory = arena();
  const start = performance.now();
  const optimizers = Array.from({ length: many }, () => adam({ w: [8, 4], b: 4 }, { lr: 0.5, memory }));
  const time = performance.now() - start;
  for (const [i, opt] of optimizers.entries()) {
    opt.grads.w.fill(i + 1);
    opt.step();
  }
  const moved = optimizers.filter(({ params: { w, b } }) => w.every((x) => Math.abs(x + 0.5) < 1e-6) && b.every((x) => x === 0));
  if (moved.length < many) throw new Error(`${many - moved.length} optimizers are wrong`);
  return `${many} optimizers in ${memory.bytes / 2 ** 20} MiB, made in ${time.toFixed(0)} ms`;
}

/** Makes optimizers with a memory each until the engine refuses. @param {typeof import("../../src/index.js")} library */
function exhaust({ adam }) {
  /** @type {unknown[]} */
  const optimizers = [];
  return failing(() => {
    while (optimizers.length < many) optimizers.push(adam({ x: 1 }));
  }).then((message) => `after ${optimizers.length}: ${message}`);
}

/**
 * @param {typeof import("../../src/index.js")} library
 * @param {(wanted: { threads: number, size: number, quick: boolean }) => Promise<string>} check
 */
function run(library, check) {
  const threads = Number(query.get("threads") ?? 1);
  const whole = () => check({ threads, size: Number(query.get("size") ?? threads), quick: query.has("quick") });
  switch (query.get("mode")) {
    case "check":
      return whole();
    case "worker":
      return fromWorker();
    case "module":
      return WebAssembly.compileStreaming(fetch("plain.wasm")).then(library.useModule).then(whole);
    case "blocked":
      return failing(() => library.adam({ x: 1 }));
    case "many":
      return share(library);
    case "exhaust":
      return exhaust(library);
    case "lost":
      return failing(() => library.threads(2));
  }
  throw new Error(`no such mode: ${query.get("mode")}`);
}

/**
 * Runs what the query says. `check` runs check.js on the library and the table.
 * @param {typeof import("../../src/index.js")} library
 * @param {(wanted: { threads: number, size: number, quick: boolean }) => Promise<string>} check
 */
export async function visit(library, check) {
  /** @type {{ said?: unknown, failed?: string }} */
  let result;
  try {
    result = { said: await run(library, check) };
  } catch (error) {
    result = { failed: error instanceof Error ? `${error.message}\n${error.stack}` : String(error) };
  }
  if (inWorker) return postMessage(result);
  const next = await fetch("/next", { method: "POST", body: JSON.stringify(result) });
  location.href = await next.text();
}
