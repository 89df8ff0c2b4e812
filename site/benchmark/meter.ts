// Asks a worker to measure, and tells it when the page is hidden.
import type { FromWorker, Measurement, Offer, Question, ToWorker } from "./measurement.js";

export class Stopped extends Error {}

/** A worker that answers one question. */
export class Meter {
  readonly #worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  readonly offer: Promise<Offer>;
  readonly #answer: Promise<Measurement>;
  #fail: (error: Error) => void = () => {};

  constructor() {
    const failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    const heard = <T>(pick: (message: FromWorker) => T | undefined) =>
      new Promise<T>((resolve) => {
        this.#worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
          const picked = pick(data);
          if (picked !== undefined) resolve(picked);
        });
      });
    this.offer = Promise.race([failed, heard((message) => ("rules" in message ? message : undefined))]);
    this.#answer = Promise.race([failed, heard((message) => ("measurement" in message ? message.measurement : undefined))]);
    this.#worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
      if ("error" in data) this.#fail(new Error(data.error));
    });
    this.#worker.addEventListener("error", ({ message }) => this.#fail(new Error(message || "the worker did not start")));
    document.addEventListener("visibilitychange", this.#tellHidden);
    for (const promise of [this.offer, this.#answer]) promise.catch(() => {}); // nobody may wait for it
  }

  readonly #tell = (message: ToWorker) => this.#worker.postMessage(message);
  readonly #tellHidden = () => this.#tell({ hidden: document.hidden });

  /** @throws Stopped if it is closed meanwhile. */
  async measure(question: Question): Promise<Measurement> {
    this.#tellHidden();
    this.#tell({ question });
    try {
      return await this.#answer;
    } finally {
      this.close();
    }
  }

  close(): void {
    this.#fail(new Stopped());
    this.#worker.terminate();
    document.removeEventListener("visibilitychange", this.#tellHidden);
  }
}
