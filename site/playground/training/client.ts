// A training in a worker, as the page sees it.
import type { News, Order, RunNews } from "./messages.js";
import type { Plan } from "./plan.js";
import type { AccuracyPoint, LossPoint } from "./run.js";

/** What is known of a run. */
export interface RunReport extends RunNews {
  /** From the beginning on. */
  readonly losses: LossPoint[];
  readonly accuracies: AccuracyPoint[];
}

export type Status = "loading" | "starting" | "running" | "paused" | "finished" | "failed";

export interface ClientEvents {
  /** After news: status, rounds or reports have changed. */
  onProgress(): void;
  onWeights(run: number, pixelToHidden: Float32Array): void;
}

export class Client {
  readonly #worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  readonly #events: ClientEvents;
  /** Trainings that this page has begun. */
  #begun = 0;
  #loaded = false;
  status: Status = "loading";
  rounds = 0;
  reports: RunReport[] = [];
  /** Numbers of images; 0 until they are loaded. */
  images = { train: 0, test: 0 };
  error = "";

  constructor(events: ClientEvents) {
    this.#events = events;
    this.#worker.addEventListener("message", ({ data }: MessageEvent<News>) => this.#hear(data));
    this.#worker.addEventListener("error", ({ message }) => this.#hear({ kind: "error", message }));
  }

  /** Begins anew, and goes on to the end of a round. */
  begin(plan: Plan, rounds: number): void {
    this.#begun += 1;
    this.rounds = 0;
    this.reports = [];
    this.error = "";
    this.status = this.#loaded ? "starting" : "loading";
    this.#order({ kind: "begin", plan, rounds });
    this.#events.onProgress();
  }

  /** Goes on to the end of a round. */
  advance(rounds: number): void {
    if (this.status !== "paused" && this.status !== "running") return;
    this.status = "running";
    this.#order({ kind: "advance", rounds });
    this.#events.onProgress();
  }

  /** Stops at the end of the current round. */
  pause(): void {
    this.#order({ kind: "pause" });
  }

  askWeights(run: number): void {
    if (run < this.reports.length) this.#order({ kind: "weights", run });
  }

  destroy(): void {
    this.#worker.terminate();
  }

  #order(order: Order): void {
    this.#worker.postMessage(order);
  }

  #hear(news: News): void {
    if (news.kind === "loaded") {
      this.#loaded = true;
      this.images = { train: news.train, test: news.test };
      if (this.status === "loading") this.status = "starting";
    } else if (news.kind === "error") {
      this.status = "failed";
      this.error = news.message;
    } else if (news.kind === "weights") {
      this.#events.onWeights(news.run, news.pixelToHidden);
      return;
    } else {
      if (news.begun !== this.#begun) return; // of an earlier training
      this.status = news.status;
      this.rounds = news.rounds;
      this.reports = news.runs.map((run, i) => ({
        ...run,
        losses: [...(this.reports[i]?.losses ?? []), ...run.losses],
        accuracies: [...(this.reports[i]?.accuracies ?? []), ...run.accuracies],
      }));
    }
    this.#events.onProgress();
  }
}
