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

/** Runs the check in a Web Worker, from the same bundle. */
function fromWorker() {
  const others = new URLSearchParams(query);
  others.set("mode", "check");
  const worker = new Worker(`${import.meta.url}?${others}`, { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data: { said, failed } }) => (failed ? reject(new Error(failed)) : resolve(said));
    worker.onerror = ({ message }) => reject(new Error(message));
  });
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
