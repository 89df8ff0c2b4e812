import type { Json } from "./contents.js";
import type { Loaded, LoadOptions } from "./load.js";
import type { Saveable, SaveOptions } from "./save.js";
export interface Store {
  save(opt: Saveable, options?: SaveOptions & { readonly loss?: number; readonly fit?: Json }): void | Promise<void>;
  latest(
    opt: Saveable,
    options?: LoadOptions,
  ): (Loaded & { readonly fit?: Json }) | undefined | Promise<(Loaded & { readonly fit?: Json }) | undefined>;
  best(
    opt: Saveable,
    options?: LoadOptions,
  ): (Loaded & { readonly fit?: Json }) | undefined | Promise<(Loaded & { readonly fit?: Json }) | undefined>;
}
