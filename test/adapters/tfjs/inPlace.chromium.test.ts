// TensorFlow.js's WebAssembly backend with threads, whose memory is shared: in Chromium, where it is installed. The backend starts its
// workers from blobs, which Node does not have.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { patience } from "../../support/patience.js";

const browser = ["chromium", "chromium-browser", "google-chrome"].find((name) => spawnSync(name, ["--version"]).status === 0);
const root = new URL("../../../", import.meta.url);
const modules = "/node_modules";

const imports = {
  "#kernels": "/dist/kernels/inline.js",
  "@tensorflow/tfjs-core": "/tfjs-core.js",
  "@assemblyscript/loader": `${modules}/@assemblyscript/loader/index.js`,
  "pure-rand/distribution/uniformInt": `${modules}/pure-rand/lib/esm/distribution/uniformInt.js`,
  "pure-rand/generator/xoroshiro128plus": `${modules}/pure-rand/lib/esm/generator/xoroshiro128plus.js`,
};

// The scripts that are served by CDNs, and the library as it is built.
const page = `<!doctype html>
<script type="importmap">${JSON.stringify({ imports })}</script>
<script src="${modules}/@tensorflow/tfjs-core/dist/tf-core.min.js"></script>
<script src="${modules}/@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js"></script>
<script type="module">
const report = (result) => fetch("/result", { method: "POST", body: JSON.stringify(result) });
try {
  const library = await import("/dist/index.js");
  const ours = await import("/dist/adapters/tfjs/index.js");
  tf.wasm.setWasmPaths("${modules}/@tensorflow/tfjs-backend-wasm/dist/");
  await tf.setBackend("wasm");
  const n = 100_000;
  const values = (t) => Float32Array.from({ length: n }, (_, i) => ((i * 7919 + t * 104729) % 2003) / 1001 - 1);
  const steps = [];
  const pool = await library.threads(2);
  for (const rule of ["adam", "lion", "lamb"]) {
    for (const options of [{}, { threads: pool, ema: true }]) {
      const v = tf.variable(tf.tensor(values(0)), true, rule + steps.length);
      const { numTensors } = tf.memory();
      const optimizer = ours[rule](options);
      const alone = library[rule]({ v: values(0) });
      for (let t = 1; t <= 5; t++) {
        tf.tidy(() => optimizer.applyGradients({ [v.name]: tf.tensor(values(t)) }));
        alone.grads.v.set(values(t));
        alone.step();
      }
      const same = v.dataSync().every((x, i) => Object.is(x, alone.params.v[i]));
      const product = () => tf.tidy(() => tf.matMul(tf.ones([2, 100]), tf.reshape(v, [100, 1000])).dataSync().join());
      product();
      tf.tidy(() => optimizer.applyGradients({ [v.name]: tf.tensor(values(6)) }));
      const now = product();
      v.assign(tf.tensor(v.dataSync()));
      steps.push({ rule, same, held: tf.memory().numTensors - numTensors - 1, seen: now === product() });
      optimizer.dispose();
    }
  }
  const { wasm } = tf.backend();
  const shared = Object.prototype.toString.call((wasm.asm?.memory ?? wasm.wasmMemory).buffer);
  await report({ shared, pool: pool.size, steps });
} catch (error) {
  await report({ error: String(error.stack) });
}
</script>`;

const types: Record<string, string> = { ".js": "text/javascript", ".wasm": "application/wasm" };

/** Serves the page and files of the project to a page that may share memory, and tells what the page reports. */
async function serve(): Promise<{ server: Server; result: Promise<unknown> }> {
  let tell: (result: unknown) => void = () => {};
  const result = new Promise<unknown>((resolve) => {
    tell = resolve;
  });
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const send = (type: string, body: string | Uint8Array) =>
      response
        .writeHead(200, {
          "content-type": type,
          "cross-origin-opener-policy": "same-origin",
          "cross-origin-embedder-policy": "require-corp",
        })
        .end(body);
    if (path === "/") send("text/html", page);
    else if (path === "/result") {
      let text = "";
      request.on("data", (part) => {
        text += part;
      });
      request.on("end", () => {
        send("text/plain", "");
        tell(JSON.parse(text));
      });
    } else if (path === "/tfjs-core.js") {
      const names = Object.keys(tf).filter((name) => name !== "default");
      send("text/javascript", `export const { ${names.join(", ")} } = globalThis.tf;`);
    } else {
      try {
        send(types[extname(path)] ?? "text/plain", readFileSync(new URL(`.${path}`, root)));
      } catch {
        response.writeHead(404).end();
      }
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, result };
}

test.skipIf(!browser)("in the shared memory of the backend with threads, the same bits", async () => {
  const { server, result } = await serve();
  const profile = mkdtempSync(join(tmpdir(), "chromium-"));
  const { port } = server.address() as AddressInfo;
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`, `http://localhost:${port}/`];
  const child = spawn(browser as string, flags, { stdio: "ignore", timeout: patience });
  const ended = new Promise((resolve) => child.once("exit", () => resolve("Chromium has ended")));
  try {
    const step = (rule: string) => ({ rule, same: true, held: 1, seen: true });
    expect(await Promise.race([result, ended])).toEqual({
      shared: "[object SharedArrayBuffer]",
      pool: 2,
      steps: ["adam", "adam", "lion", "lion", "lamb", "lamb"].map(step),
    });
  } finally {
    child.kill();
    await ended;
    server.close();
    server.closeAllConnections();
    try {
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    } catch {} // a process of Chromium may still write there
  }
});
