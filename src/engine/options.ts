import type { ForeignMemory } from "../memory/foreign.js";
import type { Shape } from "../numerics/shape.js";
import type { Threads } from "../threads/pool.js";
import type { DecayOptions } from "./decay.js";
import type { EpilogueOptions } from "./epilogue.js";
import type { GradientOptions } from "./gradientProcessing.js";
import type { SamOption } from "./sam.js";
import type { HyperSettings, Hypers } from "./spec.js";

/** What a caller may give when an optimizer is made. */
export type Options<H extends Hypers, Name extends string = string> = Partial<HyperSettings<H>> & EngineOptions<H, Name>;

/** What every rule takes besides. Read at construction. */
export interface EngineOptions<H extends Hypers, Name extends string>
  extends DecayOptions,
    GradientOptions,
    EpilogueOptions,
    SamOption {
  readonly groups?: readonly GroupOptions<H, Name>[];
  /** A pool made by `threads()`, which works on long steps together. The arrays are then on a SharedArrayBuffer. */
  readonly threads?: Threads;
  /**
   * Memory of another WebAssembly program, in which parameters and gradients are: steps change them there, and nothing is copied. A
   * parameter given by values starts from them; one given by length or shape starts from what is there.
   */
  readonly memory?: ForeignMemory<Name>;
}

/** Parameters that get other hyper-parameters than the rest. What is left out is as for the rest, also when that is set later. */
export type GroupOptions<H extends Hypers, Name extends string = string> = Partial<HyperSettings<H>> &
  DecayOptions & {
    /** By a pattern of the name, by names, or by a function. A parameter that several groups match is in the first. */
    readonly match: RegExp | readonly Name[] | ((name: Name, shape: Shape) => boolean);
    /** Whether steps leave the group as it is; can be set later. */
    readonly frozen?: boolean;
  };
