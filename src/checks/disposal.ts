// `using` for optimizers, and the error after `dispose()`.

/** `[Symbol.dispose]()`, if TypeScript's option `lib` declares the symbol. */
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

/** The base of classes with `dispose()`. Adds `[Symbol.dispose]()`, for `using`, if the engine has the symbol. */
export const Disposable: abstract new () => Disposing = Base as never;

/** The error of a method or field after `dispose()`. */
export const disposedError = (rule: string, what: string) =>
  new Error(`${rule}: ${what} expected an optimizer that is not disposed`);
