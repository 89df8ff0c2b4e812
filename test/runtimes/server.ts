// Serves pages to a browser. Each page loads the next one, so no driver is needed.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const isolated = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** The headers of all files below /policy/. The page of the folder "unbundled" has an import map. */
const policies = {
  plain: {},
  isolated,
  /** As `isolated`, without the worker's file. */
  lost: isolated,
  wasm: { "Content-Security-Policy": "script-src 'self' 'wasm-unsafe-eval'" },
  strict: { "Content-Security-Policy": "script-src 'self'" },
};
export type Policy = keyof typeof policies;

const kinds: Record<string, string> = { ".js": "text/javascript", ".wasm": "application/wasm" };
const importMap = '<script type="importmap">{ "imports": { "simdescent": "./browser.js" } }</script>';
const page = '<!doctype html><meta charset="utf-8"><title>simdescent</title><script type="module" src="main.js"></script>';
const start = `<!doctype html><script>
  fetch("/next", { method: "POST" }).then((next) => next.text()).then((next) => { location.href = next; });
</script>`;

interface Result {
  readonly said?: string;
  readonly failed?: string;
}

export class Pages {
  readonly #server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url as string, "http://localhost");
    if (pathname !== "/next") return this.#serve(pathname, response);
    let body = "";
    for await (const piece of request) body += piece;
    this.#waiting = response;
    if (body) this.#heard?.(JSON.parse(body));
    this.#go();
  });
  readonly #root: string;
  /** The browser's pending request for the next page. */
  #waiting: ServerResponse | undefined;
  #next: string | undefined;
  #heard: ((result: Result) => void) | undefined;

  /** Serves the folders of `root` with every policy. */
  constructor(root: string) {
    this.#root = root;
  }

  /** Starts the server. Returns the address for starting a browser. */
  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Sends the browser to a page. Returns the page's answer. @throws Error if the page fails, or does not answer within `seconds`. */
  async visit(policy: Policy, folder: string, query: string, seconds: number): Promise<string> {
    const result = await new Promise<Result>((resolve) => {
      const timer = setTimeout(() => resolve({ failed: `no answer for ${seconds} s` }), seconds * 1000);
      this.#heard = (result) => {
        clearTimeout(timer);
        resolve(result);
      };
      this.#next = `/${policy}/${folder}/?${query}`;
      this.#go();
    });
    this.#heard = undefined;
    if (result.said === undefined) throw new Error(result.failed);
    return result.said;
  }

  /** Drops the pending request of a closed browser. */
  forget(): void {
    this.#waiting?.destroy();
    this.#waiting = undefined;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #go(): void {
    if (!this.#waiting || !this.#next) return;
    this.#waiting.end(this.#next);
    this.#waiting = undefined;
    this.#next = undefined;
  }

  #serve(pathname: string, response: ServerResponse): void {
    if (pathname === "/") return void response.writeHead(200, { "Content-Type": "text/html" }).end(start);
    const [, policy, ...rest] = pathname.split("/");
    const headers = policies[policy as Policy] ?? {};
    const file = normalize(rest.join("/"));
    if (file.endsWith("/")) {
      response.writeHead(200, { ...headers, "Content-Type": "text/html" });
      return void response.end(file === "unbundled/" ? page.replace("<script", `${importMap}<script`) : page);
    }
    try {
      if (file.startsWith("..") || (policy === "lost" && /worker/.test(file))) throw new Error("not served");
      const content = readFileSync(join(this.#root, file));
      response.writeHead(200, { ...headers, "Content-Type": kinds[extname(file)] ?? "text/plain" }).end(content);
    } catch {
      response.writeHead(404, headers).end();
    }
  }
}
