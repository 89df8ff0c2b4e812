// The step of the clock. Browsers make it coarse: usually 0.1 ms or more, and a few microseconds on a page that is cross-origin isolated.

/** The smallest difference of two readings, in milliseconds, among `readings` differences. */
export function clockStep(now: () => number = () => performance.now(), readings = 40): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let i = 0, before = now(); i < readings; ) {
    const time = now();
    if (time === before) continue;
    smallest = Math.min(smallest, time - before);
    before = time;
    i += 1;
  }
  return smallest;
}
