// A gate that measurements pass. It is closed while the page is hidden.

/** Lets the events that wait happen. Timers would wait 4 ms. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}

export class Gate {
  #closings = 0;
  #opened: Promise<void> | undefined;
  #open: (() => void) | undefined;

  close(): void {
    if (this.#opened) return;
    this.#closings += 1;
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#open?.();
    this.#opened = undefined;
  }

  /** Waits until the gate is open. Returns how often it has been closed so far. */
  async pass(): Promise<number> {
    await turn();
    while (this.#opened) await this.#opened;
    return this.#closings;
  }
}
