/** A callback that is running, and what it may do to the optimizer. */
export interface Visitor {
  /** Its name in messages: `a schedule`. */
  readonly name: string;
  /** Names of methods; `hyper` and `frozen` for setting them. */
  readonly may: readonly string[];
}

/** Keeps callbacks from changing the optimizer in the middle of an operation. */
export class CallLock {
  /** The running callback; undefined between operations, when everything is allowed. */
  visitor: Visitor | undefined;

  /** Throws if a callback is running that may not do `what`. `ending` completes the message. */
  check(where: string, what: string, ending = "() expected to be called"): void {
    if (this.visitor && !this.visitor.may.includes(what))
      throw new Error(`${where}: ${what}${ending} between steps, not from ${this.visitor.name}`);
  }

  /** Runs a callback under the lock. */
  visit<T>(visitor: Visitor, call: () => T): T {
    const before = this.visitor;
    this.visitor = visitor;
    try {
      return call();
    } finally {
      this.visitor = before;
    }
  }
}
