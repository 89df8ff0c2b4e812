/** A function of the caller's that is being called, and what it may do to the optimizer: methods, or to set `hyper` or `frozen`. */
export interface Visitor {
  /** As messages name it: `a schedule`. */
  readonly name: string;
  readonly may: readonly string[];
}

/** While an optimizer is in the middle of something and calls a function of the caller's, keeps that from changing the optimizer. */
export class Lock {
  /** Undefined between steps, when everything is allowed. */
  visitor: Visitor | undefined;

  /** Throws where the visitor may not do this; `ending` completes the message. */
  check(where: string, what: string, ending = "() expected to be called"): void {
    if (this.visitor && !this.visitor.may.includes(what))
      throw new Error(`${where}: ${what}${ending} between steps, not from ${this.visitor.name}`);
  }

  /** Calls a function of the caller's. */
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
