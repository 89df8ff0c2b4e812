// When the page is loaded again for threads, and what the service worker sends.
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { describe, expect, test, vi } from "vitest";
import { type Browser, Isolation } from "../../../site/benchmark/isolation.js";

/** A browser that keeps its storage when it loads the page again. */
function browser({ isolated = false, refuses = false } = {}) {
  const stored = new Map<string, string>();
  const registration = { unregister: vi.fn(async () => true) };
  const register = vi.fn(async (_url: string, _options: { scope: string }) => {
    if (refuses) throw new Error("refused");
    return registration;
  });
  const parts = {
    isolated,
    workers: { register, ready: Promise.resolve(registration), getRegistration: async () => registration },
    storage: {
      getItem: (name: string) => stored.get(name) ?? null,
      setItem: (name: string, value: string) => stored.set(name, value),
      removeItem: (name: string) => stored.delete(name),
    },
    reload: vi.fn(),
  };
  return { ...parts, registration, browser: parts as unknown as Browser };
}

describe("Isolation", () => {
  test("asks for the whole base, then loads once", async () => {
    const { browser: it, workers, reload } = browser();
    const isolation = new Isolation(it, "/base/");
    expect(isolation.wasAskedFor()).toBe(false);
    await isolation.askFor();
    expect(workers.register).toHaveBeenCalledExactlyOnceWith("/base/isolate.js", { scope: "/base/" });
    expect(reload).toHaveBeenCalledTimes(1);
  });

  test("a page that stays without isolation says so once, and does not load again by itself", async () => {
    const { browser: it, reload } = browser();
    await new Isolation(it, "/").askFor();
    const after = new Isolation(it, "/");
    expect([after.wasAskedFor(), after.isolated]).toEqual([true, false]);
    expect(after.wasAskedFor()).toBe(false);
    expect(reload).toHaveBeenCalledTimes(1);
  });

  test("a refusal is an error, and nothing is loaded", async () => {
    const { browser: it, reload } = browser({ refuses: true });
    const isolation = new Isolation(it, "/");
    await expect(isolation.askFor()).rejects.toThrow("refused");
    expect(reload).not.toHaveBeenCalled();
    expect(isolation.wasAskedFor()).toBe(false);
  });

  test("ends", async () => {
    const { browser: it, registration, reload } = browser({ isolated: true });
    const isolation = new Isolation(it, "/");
    expect(await isolation.isByServiceWorker()).toBe(true);
    await isolation.end();
    expect(registration.unregister).toHaveBeenCalledTimes(1);
    expect(reload).toHaveBeenCalledTimes(1);
  });

  test("a browser without service workers", async () => {
    const without = new Isolation({ ...browser().browser, workers: undefined }, "/");
    expect(without.possible).toBe(false);
    expect(await without.isByServiceWorker()).toBe(false);
  });
});

describe("the service worker", () => {
  const file = readFileSync(new URL("../../../site/pages/public/isolate.js", import.meta.url), "utf8");
  const listeners: Record<string, (event: object) => void> = {};
  const answer = vi.fn(async (_: Request) => new Response("text", { headers: { "Content-Type": "text/plain" } }));
  runInNewContext(file, {
    addEventListener: (name: string, listener: (event: object) => void) => {
      listeners[name] = listener;
    },
    fetch: answer,
    location: { origin: "https://a.example" },
    URL,
    Headers,
    Response,
  });

  /** The answer to a request, or undefined if the browser is to fetch it. */
  function ask(url: string): Promise<Response> | undefined {
    let answered: Promise<Response> | undefined;
    const respondWith = (response: Promise<Response>) => {
      answered = response;
    };
    listeners.fetch({ request: new Request(url), respondWith });
    return answered;
  }

  test("is smaller than 1 KB", () => {
    expect(file.length).toBeLessThan(1000);
  });

  test("adds the three headers, and keeps the others", async () => {
    const response = await ask("https://a.example/page");
    expect(Object.fromEntries(response?.headers ?? [])).toEqual({
      "content-type": "text/plain",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      "cross-origin-resource-policy": "same-origin",
    });
    expect(await response?.text()).toBe("text");
  });

  test("keeps status and emptiness", async () => {
    answer.mockResolvedValueOnce(new Response(null, { status: 204 }));
    expect((await ask("https://a.example/page"))?.status).toBe(204);
  });

  test("passes redirections on", async () => {
    const redirection = Response.error(); // has status 0, as redirections have that a page asks for
    answer.mockResolvedValueOnce(redirection);
    expect(await ask("https://a.example/page")).toBe(redirection);
  });

  test("leaves other hosts alone", () => {
    expect(ask("https://b.example/page")).toBeUndefined();
  });
});
