// Everything that steps change, described once: for snapshots, the best epoch, `findRate`, and saving with TensorFlow.js.

import type { GradientProcessing, GradientProgress } from "./gradientProcessing.js";
import type { Group, GroupProgress } from "./group.js";
import type { OptimizerMemory } from "./optimizerMemory.js";
import type { Hypers, Slots } from "./spec.js";

/** The numbers that steps change. The arrays are `params`, `state`, `average`, `slow` and the accumulated gradients. */
export interface Progress {
  /** Completed steps. */
  readonly t: number;
  /** Total weight of the gradients accumulated since the last step. */
  readonly accumulated: number;
  /** First the group of all parameters outside `groups`. */
  readonly groups: readonly GroupProgress[];
  readonly gradients: GradientProgress;
}

type Copies = readonly Float32Array<ArrayBuffer>[];

/** A copy of everything that steps change. */
export interface Snapshot {
  readonly progress: Progress;
  readonly params: Copies;
  /** The rule's state, averages, slow parameters and accumulated gradients. */
  readonly persistent: Float32Array<ArrayBuffer>;
}

/** Why `params` are not the training weights: between `shift()` and `step()`, or between `eval()` and `train()`. */
export type Displacement = "shifted" | "evaluating";

/** The state of one optimizer: parameters, arrays and numbers. */
export class OptimizerState<P, H extends Hypers, S extends Slots> {
  /** Completed steps. */
  t = 0;
  /** The parameter with a gradient that was not finite at the shift. */
  shiftRefusedBy: string | undefined;
  readonly #groups: readonly Group<H, S>[];
  readonly #gradients: GradientProcessing;
  /** `accumulated` in a cell, for hot code: V8 boxes no number. */
  readonly accumulatedWeight = Float64Array.of(0);
  #memory: OptimizerMemory<P, H, S>;
  #displacement: Displacement | undefined;
  // The training weights while `params` are displaced. Allocated at the first displacement, outside WebAssembly memory.
  #trainingWeights: Float32Array<ArrayBuffer>[] | undefined;

  constructor(memory: OptimizerMemory<P, H, S>, gradients: GradientProcessing) {
    this.#memory = memory;
    this.#groups = memory.groupLayouts.map(({ group }) => group);
    this.#gradients = gradients;
  }

  /** Total weight of the gradients accumulated since the last step. */
  get accumulated(): number {
    return this.accumulatedWeight[0] as number;
  }

  set accumulated(weight: number) {
    this.accumulatedWeight[0] = weight;
  }

  get displacement(): Displacement | undefined {
    return this.#displacement;
  }

  /** Copies the training weights. The caller then moves `params`. */
  displace(displacement: Displacement): void {
    this.#trainingWeights = this.copyParams(this.#trainingWeights);
    this.#displacement = displacement;
  }

  /** Restores the training weights, bit for bit. */
  putBack(): void {
    this.restoreParams(this.#trainingWeights as Copies);
  }

  /** Copies of the training weights. */
  copyParams(into?: Float32Array<ArrayBuffer>[]): Float32Array<ArrayBuffer>[] {
    this.#memory.refresh();
    const from = this.#displacement ? (this.#trainingWeights as Copies) : this.#memory.runs;
    const copies = into ?? from.map(({ length }) => new Float32Array(length));
    for (let i = 0; i < copies.length; i++) (copies[i] as Float32Array).set(from[i] as Float32Array);
    return copies;
  }

  /** Sets the parameters from copies. Ends a displacement. */
  restoreParams(copies: readonly Float32Array[]): void {
    this.#memory.refresh();
    this.#displacement = undefined;
    this.shiftRefusedBy = undefined;
    const { runs } = this.#memory;
    for (let i = 0; i < runs.length; i++) (runs[i] as Float32Array).set(copies[i] as Float32Array);
  }

  /** The numbers. To continue from a saved state, set them and the arrays. */
  get progress(): Progress {
    const groups = this.#groups.map(({ progress }) => progress);
    return { t: this.t, accumulated: this.accumulated, groups, gradients: this.#gradients.progress };
  }

  set progress({ t, accumulated, groups, gradients }: Progress) {
    for (const [i, group] of this.#groups.entries()) group.progress = groups[i] as GroupProgress;
    this.#gradients.progress = gradients;
    this.accumulated = accumulated;
    this.t = t;
  }

  snapshot(): Snapshot {
    return { progress: this.progress, params: this.copyParams(), persistent: this.#memory.persistent.slice() };
  }

  restore({ progress, params, persistent }: Snapshot): void {
    this.restoreParams(params);
    this.#memory.persistent.set(persistent);
    this.#memory.sharded?.drop();
    this.progress = progress;
  }

  /** Releases the memory; the numbers stay. */
  release(): void {
    const nothing = undefined as never;
    this.#memory = this.#trainingWeights = this.#displacement = this.shiftRefusedBy = nothing;
  }
}
