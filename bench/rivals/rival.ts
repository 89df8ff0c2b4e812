/** The measured work: one rule on tensors of these shapes. */
export interface Workload {
  /** Our name for the rule. */
  readonly rule: string;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly threads: number;
}

/** Values for comparing results. */
export interface Values {
  /** The parameters: all tensors, concatenated. */
  readonly start: Float32Array;
  /** One or more gradients, concatenated, each like `start`. Steps use them in turn. */
  readonly gradient: Float32Array;
}

/** A rival's optimizer, ready for its first step. */
export interface Contest {
  /** Makes `steps` steps. Returns their time in milliseconds, measured in the rival's process. */
  time(steps: number): Promise<number> | number;
  /** The current parameters: all tensors, concatenated. */
  parameters(): Promise<Float32Array> | Float32Array;
  close(): void;
}

/** Another library's optimizers. */
export interface Rival {
  /** Short, for columns of tables and for charts. */
  readonly name: string;
  /** Our names for its rules. */
  readonly rules: readonly string[];
  readonly maxThreads: 1 | "any";
  /** The options that make our rule equal to the rival's. All other options have our defaults on both sides. */
  options(rule: string): Record<string, unknown>;
  /** Starts the rival. Returns its version, or a sentence that says why it does not run here. */
  available(): Promise<{ version: string } | { missing: string }>;
  /** Default values: random parameters, and one gradient of about 1e-3 without subnormal numbers. */
  prepare(workload: Workload, values?: Values): Promise<Contest>;
  /** Stops what `available` started. */
  close(): void;
}
