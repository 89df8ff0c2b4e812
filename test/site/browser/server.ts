// Serves a folder as hosts of static files do: compressed, index.html for folders, .html left out, no headers of its own.
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { gzipSync } from "node:zlib";

const kinds: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".wasm": "application/wasm",
};

/** A file of another kind is sent as it is, as hosts do with data. */
const compressed = new Set([".html", ".js", ".css", ".json", ".svg", ".wasm"]);

export interface Served {
  /** The address of the base, with a slash at the end. */
  readonly address: string;
  close(): void;
}

/** Answers a request outside of the site with a page. */
type Answer = (path: string, body: string) => string | undefined;

/** Serves `folder` below `base`. */
export async function serve(folder: string, base: string, others?: Answer): Promise<Served> {
  const isFile = (file: string) => existsSync(file) && statSync(file).isFile();
  const find = (path: string) => [path, `${path}.html`, join(path, "index.html")].map((file) => join(folder, file)).find(isFile);
  const cache = new Map<string, Buffer>();
  const read = (file: string) => {
    const found = cache.get(file) ?? (compressed.has(extname(file)) ? gzipSync(readFileSync(file)) : readFileSync(file));
    cache.set(file, found);
    return found;
  };

  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url as string, "http://localhost");
    let body = "";
    for await (const piece of request) body += piece;
    const other = others?.(pathname, body);
    if (other !== undefined) return void response.writeHead(200, { "Content-Type": kinds[".html"] }).end(other);
    const path = normalize(decodeURIComponent(pathname));
    const found = path.startsWith(base) ? find(path.slice(base.length)) : undefined;
    const file = found ?? join(folder, "404.html");
    const headers = {
      "Content-Type": kinds[extname(file)] ?? "application/octet-stream",
      ...(compressed.has(extname(file)) && { "Content-Encoding": "gzip" }),
    };
    response.writeHead(found ? 200 : 404, headers).end(read(file));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
