// Two central differences of a function whose gradient is 0. If both show a slope, the gradient was not filled, or is wrong.

/** Half the width of the longer difference, relative to max(1, |x|). The shorter difference has half of it. */
export const probe = 2 ** -10;

/** The direction's component for element i of array j, in [0.5, 1.5). The components differ, so that opposite slopes do not cancel. */
export const share = (i: number, j: number) => 0.5 + ((0.618034 * i + 0.3 * j) % 1);

/** Whether both differences show a slope above `least`. At a stationary point the shorter one is at most half of the longer one. */
export const agree = (longer: number, shorter: number, least: number) =>
  Math.abs(shorter) > least && Math.abs(longer - shorter) <= 0.1 * Math.abs(shorter);
