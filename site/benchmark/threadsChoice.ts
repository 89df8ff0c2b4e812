// The choice of threads: a number of them on an isolated page, else a button that asks for them.
import { choice, make } from "./elements.js";
import { Isolation, thisBrowser } from "./isolation.js";
import type { Strings } from "./strings.js";

const most = 64;

export interface ThreadsChoice {
  /** The list of numbers, on an isolated page. */
  readonly field?: HTMLElement;
  /** Says whether the page is isolated, and has the button that changes it. */
  readonly element: HTMLElement;
  /** The chosen number, 1 without threads. */
  readonly threads: number;
  /** Whether the page was loaded again to measure with threads, and has them now. */
  readonly wanted: boolean;
}

export async function threadsChoice(texts: Strings, base: string): Promise<ThreadsChoice> {
  const isolation = new Isolation(thisBrowser(), base);
  const asked = isolation.wasAskedFor();
  return isolation.isolated ? select(texts, isolation, asked) : button(texts, isolation, asked);
}

async function select(texts: Strings, isolation: Isolation, wanted: boolean): Promise<ThreadsChoice> {
  const processors = Math.min(navigator.hardwareConcurrency, most);
  const sizes = Array.from({ length: Math.max(2, processors) }, (_, i) => String(i + 1));
  const { select, field } = choice(
    texts.threads,
    sizes.map((size) => [size, size]),
    sizes[processors - 1],
  );
  const element = make("div", { className: "threads" }, make("p", {}, texts.isolated));
  if (await isolation.isByServiceWorker()) {
    element.append(make("button", { type: "button", onclick: () => isolation.end() }, texts.removeWorker));
  }
  return {
    field,
    element,
    wanted,
    get threads() {
      return Number(select.value);
    },
  };
}

function button(texts: Strings, isolation: Isolation, failed: boolean): ThreadsChoice {
  const why = make("p", {}, texts.notIsolated);
  if (!isolation.possible) {
    return {
      element: make("div", { className: "threads" }, why, texts.noThreads(texts.noServiceWorkers)),
      wanted: false,
      threads: 1,
    };
  }
  const said = make("p", { role: "status" }, failed ? texts.noThreads(texts.stillNotIsolated) : "");
  const ask = make("button", { type: "button" }, texts.askThreads);
  ask.onclick = async () => {
    ask.disabled = true;
    try {
      await isolation.askFor();
    } catch (error) {
      said.textContent = texts.noThreads((error as Error).message);
      ask.disabled = false;
    }
  };
  const element = make("div", { className: "threads" }, why, ask, make("p", {}, texts.askThreadsNote), said);
  return { element, wanted: false, threads: 1 };
}
