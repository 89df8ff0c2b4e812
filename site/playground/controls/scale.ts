// The scale of a slider for numbers of an interval: positions 0 … `positions`, and their values.

export interface Scale {
  readonly positions: number;
  toValue(position: number): number;
  toPosition(value: number): number;
}

/** Positions per power of ten. */
const perDecade = 20;

/** Two digits: enough for a slider, and short in a link. Number fields take all digits. */
const round = (value: number) => Number(value.toPrecision(2));

const clamp = (position: number, positions: number) => Math.min(Math.max(Math.round(position), 0), positions);

/** Powers of ten from `low` to `high`. With `zero`, the first position is 0. */
function logarithmic(low: number, high: number, zero: boolean): Scale {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const skip = zero ? 1 : 0;
  const positions = (last - first) * perDecade + skip;
  return {
    positions,
    toValue: (position) => (zero && position === 0 ? 0 : round(10 ** (first + (position - skip) / perDecade))),
    toPosition: (value) => (value > 0 ? clamp((Math.log10(value) - first) * perDecade + skip, positions) : 0),
  };
}

/** Smallest distance to 1 on the scales that end at 1: 10 to the minus this. */
const nines = 6;

/** From 0 to 1, equally fine in −log₁₀(1 − x): 0.9, 0.99 and 0.999 are equally far apart. */
function nearOne(zero: boolean, one: boolean): Scale {
  const positions = nines * perDecade + (one ? 1 : 0);
  const least = 1e-2; // the first position, if 0 is not in the interval
  return {
    positions,
    toValue(position) {
      if (one && position === positions) return 1;
      if (position === 0) return zero ? 0 : least;
      return Number((1 - round(10 ** (-position / perDecade))).toFixed(nines + 2));
    },
    toPosition: (value) => (value >= 1 ? positions : clamp(-Math.log10(1 - value) * perDecade, nines * perDecade)),
  };
}

/** Equal steps of 0.01. */
const linear = (low: number, high: number): Scale => ({
  positions: Math.round((high - low) * 100),
  toValue: (position) => Number((low + position / 100).toFixed(2)),
  toPosition: (value) => clamp((value - low) * 100, Math.round((high - low) * 100)),
});

/** Numbers above 1, by powers of ten of their distance to 1. */
function aboveOne(one: boolean): Scale {
  const distance = logarithmic(1e-3, 1e10, one);
  return {
    positions: distance.positions,
    toValue: (position) => Number((1 + distance.toValue(position)).toPrecision(6)),
    toPosition: (value) => distance.toPosition(value - 1),
  };
}

/** The scale for a hyper-parameter with this interval and default. */
export function scaleOf(interval: string, fallback: number): Scale {
  const closed = { low: interval.startsWith("["), high: interval.endsWith("]") };
  const [low, high] = interval.slice(1, -1).split(",");
  if (low === "1") return aboveOne(closed.low);
  if (high === "inf") {
    const size = fallback > 0 ? fallback : 1e-2;
    return logarithmic(Math.min(1e-5, size / 1e3), Math.max(1e3, size * 10), closed.low);
  }
  if (closed.low && closed.high) return linear(0, 1);
  if (!closed.low && !closed.high) return linear(0.01, 0.99);
  return nearOne(closed.low, closed.high);
}

/** Integers from `low` to `high`, equally fine in their logarithm; each integer once. */
export function integers(low: number, high: number): Scale {
  const values: number[] = [];
  for (let value = low; value < high; value = Math.max(value + 1, round(value * 10 ** (1 / perDecade)))) values.push(value);
  values.push(high);
  return {
    positions: values.length - 1,
    toValue: (position) => values[position],
    toPosition: (value) => values.reduce((best, v, i) => (Math.abs(v - value) < Math.abs(values[best] - value) ? i : best), 0),
  };
}
