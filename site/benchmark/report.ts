// The measurements as text to copy.
import { type Measurement, perParameter } from "./measurement.js";

/** What is needed to compare times with those of other machines. */
export interface Visitor {
  readonly userAgent: string;
  readonly hardwareConcurrency: number;
  readonly crossOriginIsolated: boolean;
  /** In milliseconds. */
  readonly clockStep: number;
}

export function asJson(measurements: readonly Measurement[], visitor: Visitor): string {
  const rows = measurements.map(({ rule, parameters, threads, ways, left }) => {
    const times = Object.entries(ways).map(([way, { median, spread, ratio }]) => [
      way,
      { ns: perParameter(median, parameters), spread: perParameter(spread, parameters), ratioInRounds: ratio },
    ]);
    return { rule, parameters, threads, nsPerParameter: Object.fromEntries(times), left };
  });
  return JSON.stringify({ date: new Date().toISOString(), ...visitor, rows }, null, 2);
}
