// Threads on a host that cannot send headers: a service worker adds them. It is registered only when the visitor asks for threads.

/** Parts of the browser, which tests replace. */
export interface Browser {
  readonly isolated: boolean;
  readonly workers: Pick<ServiceWorkerContainer, "register" | "ready" | "getRegistration"> | undefined;
  readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  reload(): void;
}

const asked = "simdescent-threads";

export class Isolation {
  readonly #browser: Browser;
  readonly #base: string;

  /** `base` is the folder of the site. The service worker serves all of it: pages and the files of their workers. */
  constructor(browser: Browser, base: string) {
    this.#browser = browser;
    this.#base = base;
  }

  get isolated(): boolean {
    return this.#browser.isolated;
  }

  /** Whether the browser has service workers here. */
  get possible(): boolean {
    return this.#browser.workers !== undefined;
  }

  /** Whether this page was loaded because the visitor asked for threads. Says it once, so that a failure cannot reload again. */
  wasAskedFor(): boolean {
    const { storage } = this.#browser;
    const before = storage.getItem(asked) !== null;
    storage.removeItem(asked);
    return before;
  }

  /** Registers the service worker and loads the page again. @throws Error if the browser refuses it. */
  async askFor(): Promise<void> {
    const { workers, storage } = this.#browser;
    await workers?.register(`${this.#base}isolate.js`, { scope: this.#base });
    await workers?.ready;
    storage.setItem(asked, "");
    this.#browser.reload();
  }

  /** Whether the service worker is what isolates this page. */
  async isByServiceWorker(): Promise<boolean> {
    return (await this.#browser.workers?.getRegistration(this.#base)) !== undefined;
  }

  /** Removes the service worker and loads the page again. */
  async end(): Promise<void> {
    await (await this.#browser.workers?.getRegistration(this.#base))?.unregister();
    this.#browser.reload();
  }
}

export const thisBrowser = (): Browser => ({
  isolated: crossOriginIsolated,
  workers: navigator.serviceWorker,
  storage: sessionStorage,
  reload: () => location.reload(),
});
