/** What is measured: one rule on tensors of these shapes. */
export interface Workload {
  /** Our name of the rule. */
  readonly rule: string;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly threads: number;
}

/** Values for comparing results. */
export interface Values {
  /** The parameters: all tensors one after the other. */
  readonly start: Float32Array;
  /** The gradient of a step, likewise; or those of several steps one after the other, which steps take in turn. */
  readonly gradient: Float32Array;
}

/** A rival's optimizer, ready for its first step. */
export interface Contest {
  /** Does so many steps and resolves with the milliseconds that they took, measured where they are done. */
  time(steps: number): Promise<number> | number;
  /** The parameters as they are now, all tensors one after the other. */
  parameters(): Promise<Float32Array> | Float32Array;
  close(): void;
}

/** Somebody else's optimizer. */
export interface Rival {
  /** Short, for columns of tables and for charts. */
  readonly name: string;
  /** Our names of the rules that it has. */
  readonly rules: readonly string[];
  readonly maxThreads: 1 | "any";
  /** Options with which our rule computes what the rival does: both then use our defaults of all others. */
  options(rule: string): Record<string, unknown>;
  /** Its version in words, or why it does not run here, as a sentence for the reader. Starts what it needs. */
  available(): Promise<{ version: string } | { missing: string }>;
  /** Without `values` it makes its own: gradients of about 1e-3, constant over the steps, none subnormal. */
  prepare(workload: Workload, values?: Values): Promise<Contest>;
  /** Ends what `available` started. */
  close(): void;
}
