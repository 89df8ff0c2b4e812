import type { ForeignMemory } from "../memory/foreign.js";
import type { Shape } from "../numerics/shape.js";
import type { Threads } from "../threads/pool.js";
import type { DecayOptions } from "./decay.js";
import type { EpilogueOptions } from "./epilogue.js";
import type { GradientOptions } from "./gradientProcessing.js";
import type { AscentOptions } from "./sam.js";
import type { HyperSettings, Hypers } from "./spec.js";

/** What a caller may give when an optimizer is made. */
export type Options<H extends Hypers, Name extends string = string> = Partial<HyperSettings<H>> & EngineOptions<H, Name>;

/** What every rule takes besides its hyper-parameters. Read at construction. */
export interface EngineOptions<H extends Hypers, Name extends string>
  extends DecayOptions,
    GradientOptions,
    EpilogueOptions,
    AscentOptions {
  /** Parameters that get other hyper-parameters than the rest: `[{ match: /bias/, weightDecay: 0 }]`. Default none. */
  readonly groups?: readonly GroupOptions<H, Name>[];
  /**
   * A pool made by `threads()`, which works on long steps together. The arrays are then on a SharedArrayBuffer. By default the calling thread
   * works alone.
   */
  readonly threads?: Threads;
  /**
   * Memory of another WebAssembly program with parameters and gradients: steps change them there, and nothing is copied. A parameter given
   * by values starts from them; one given by length or shape starts from what is there. By default the optimizer has its own memory.
   */
  readonly memory?: ForeignMemory<Name>;
}

/** Parameters that get other hyper-parameters than the rest. What a group leaves out follows the rest, also when that is set later. */
export type GroupOptions<H extends Hypers, Name extends string = string> = Partial<HyperSettings<H>> &
  DecayOptions & {
    /**
     * Which parameters: by a pattern of the name, by names, or by a function. A parameter that several groups match is in the first. A
     * group without parameters throws a RangeError.
     */
    readonly match: RegExp | readonly Name[] | ((name: Name, shape: Shape) => boolean);
    /** Whether steps leave the group as it is; can be set later. Default false. */
    readonly frozen?: boolean;
  };
