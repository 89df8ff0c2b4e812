// What optimizers that can be disposed of have in common.

/** `[Symbol.dispose]()`, where the library that TypeScript is told of has the symbol. */
type Disposing = SymbolConstructor extends { readonly dispose: infer D extends symbol }
  ? { readonly [K in D]: () => void }
  : object;

class Base {}

const { dispose } = Symbol as { readonly dispose?: symbol };
if (dispose) {
  const value = function (this: { dispose(): void }) {
    this.dispose();
  };
  Object.defineProperty(Base.prototype, dispose, { value });
}

/** A class with `dispose()` extends it for `using`, where the engine has that. */
export const Disposable: abstract new () => Disposing = Base as never;

/** What a method or field throws after `dispose()`. */
export const disposedError = (rule: string, what: string) =>
  new Error(`${rule}: ${what} expected an optimizer that is not disposed`);
