// The measurements as text to copy.
import { type Measurement, perParameter } from "./measurement.js";

/** Times in nanoseconds per parameter, with what is needed to compare them with other machines. */
export function asJson(measurements: readonly Measurement[], clockStep: number): string {
  const rows = measurements.map(({ rule, parameters, threads, ways, left }) => {
    const times = Object.entries(ways).map(([way, { median, spread, ratio }]) => [
      way,
      { ns: perParameter(median, parameters), spread: perParameter(spread, parameters), ratio },
    ]);
    return { rule, parameters, threads, nsPerParameter: Object.fromEntries(times), left };
  });
  const { userAgent, hardwareConcurrency } = navigator;
  const machine = { date: new Date().toISOString(), userAgent, hardwareConcurrency, crossOriginIsolated, clockStepMs: clockStep };
  return JSON.stringify({ ...machine, rows }, null, 2);
}
