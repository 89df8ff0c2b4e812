// Trains and measures in a worker. A new order ends the work on the last one.
import { results } from "./jobs.js";
import type { News, Order } from "./messages.js";

let current = 0;

const nextTask = () => new Promise((resolve) => setTimeout(resolve));

async function obey({ number, plan }: Order): Promise<void> {
  current = number;
  for (const result of results(plan)) {
    postMessage({ ...result, number } as News);
    await nextTask(); // lets the next order in
    if (current !== number) return;
  }
}

addEventListener("message", ({ data }: MessageEvent<Order>) => void obey(data));
