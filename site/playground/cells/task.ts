// A long computation in a worker, part by part, which a new one replaces.

/** A worker, or the port of a MessageChannel. */
export interface Port {
  onmessage: ((event: MessageEvent) => void) | null;
  /** Workers have it: the program cannot be loaded. */
  onerror?: ((event: ErrorEvent) => void) | null;
  postMessage(message: unknown): void;
}

/** What the page sends: a job, or undefined to end the one that runs. */
interface Order<Job> {
  readonly id: number;
  readonly job: Job | undefined;
}

/** What the worker sends. */
type Answer<Part> = { readonly id: number } & ({ readonly part: Part } | { readonly ended: true } | { readonly error: string });

export interface Receiver<Part> {
  part(part: Part): void;
  ended(): void;
  /** The library refused the options, or the worker failed. */
  failed(message: string): void;
}

/** The page's side. A new job ends the one before; parts of an ended one are dropped. */
export class Task<Job, Part> {
  readonly #port: Port;
  #id = 0;
  #receiver: Receiver<Part> | undefined;

  constructor(port: Port) {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent) => this.#receive(data as Answer<Part>);
    port.onerror = ({ message }) => this.#receiver?.failed(message || "worker");
  }

  start(job: Job, receiver: Receiver<Part>): void {
    this.#receiver = receiver;
    this.#send(job);
  }

  cancel(): void {
    this.#receiver = undefined;
    this.#send(undefined);
  }

  #send(job: Job | undefined): void {
    this.#id += 1;
    const order: Order<Job> = { id: this.#id, job };
    this.#port.postMessage(order);
  }

  #receive(answer: Answer<Part>): void {
    if (answer.id !== this.#id) return;
    if ("part" in answer) this.#receiver?.part(answer.part);
    else if ("error" in answer) this.#receiver?.failed(answer.error);
    else this.#receiver?.ended();
  }
}

/** Lets the messages in that have arrived. Timers would wait for some milliseconds. */
function breath(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

/** The worker's side: runs each job until a new order comes. */
export function serve<Job, Part>(port: Port, run: (job: Job) => Iterable<Part>): void {
  let current = 0;
  const answer = (message: Answer<Part>) => port.postMessage(message);
  async function work(id: number, job: Job): Promise<void> {
    for (const part of run(job)) {
      answer({ id, part });
      await breath();
      if (current !== id) return;
    }
    answer({ id, ended: true });
  }
  port.onmessage = ({ data }: MessageEvent) => {
    const { id, job } = data as Order<Job>;
    current = id;
    if (job !== undefined)
      work(id, job).catch((error) => answer({ id, error: error instanceof Error ? error.message : String(error) }));
  };
}
