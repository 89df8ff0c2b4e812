import type { Arena } from "../memory/arena.js";
import type { ForeignMemory } from "../memory/foreign.js";
import type { Shape } from "../numerics/shape.js";
import type { Threads } from "../threads/pool.js";
import type { DecayOptions } from "./decay.js";
import type { EpilogueOptions } from "./epilogue.js";
import type { GradientOptions } from "./gradientOptions.js";
import type { SamOption } from "./sam.js";
import type { ShardRanks } from "./shard.js";
import type { HyperSettings, Hypers } from "./spec.js";

/** The options of an optimizer. */
export type Options<H extends Hypers, Name extends string = string> = Partial<HyperSettings<H>> & EngineOptions<H, Name>;

/** The options of the engine, which every rule accepts. Read at construction. */
export interface EngineOptions<H extends Hypers, Name extends string>
  extends DecayOptions,
    GradientOptions,
    EpilogueOptions,
    SamOption {
  /** Groups of parameters with hyper-parameters of their own. Default: none. */
  readonly groups?: readonly GroupOptions<H, Name>[];
  /** A pool made by `threads()`. Its threads share long steps. The arrays are then on a SharedArrayBuffer. Default: one thread. */
  readonly threads?: Threads;
  /**
   * Where the arrays are. `arena()`: in memories that several optimizers share. `foreignMemory({ memory, allocate, params })`: parameters and
   * gradients are in the memory of another WebAssembly program. Steps change them there and copy nothing. A parameter given by values starts
   * from these values; a parameter given by length or shape starts from the values in that memory. Default: a memory of the optimizer's own.
   */
  readonly memory?: Arena | ForeignMemory<Name>;
  /**
   * The processes of `mpi()`, which divide the state among them (ZeRO stage 1): `state`, `average` and `slow` have this process's slice. The
   * parameters keep the bits of an optimizer without it. All processes must call `step()`, `shift()` and `eval()`. Not for rules that work on
   * whole tensors, nor with `foreignMemory()`. Default: each process keeps the whole state.
   */
  readonly shard?: ShardRanks;
}

/** A group of parameters with hyper-parameters of its own. It inherits what it does not set, also when the inherited value is set later. */
export type GroupOptions<H extends Hypers, Name extends string = string> = Partial<HyperSettings<H>> &
  DecayOptions & {
    /**
     * The parameters of the group: a pattern for names, an array of names, or a function of name and shape. A parameter belongs to the
     * first group that matches it. A group without parameters throws a RangeError. Required.
     */
    readonly match: RegExp | readonly Name[] | ((name: Name, shape: Shape) => boolean);
    /** Whether steps leave the group unchanged. Can be set later. Default false. */
    readonly frozen?: boolean;
  };
