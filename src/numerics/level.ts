// Whether a function slopes where its gradient is 0: then the gradient was not filled, or is wrong. Differences of values tell.

/** How far to go forth and back for the longer of two differences, as a part of each number, or of 1; half as far for the shorter. */
export const probe = 2 ** -10;

/** The part of that for element i of array j: a direction in which slopes do not cancel by being the same. */
export const share = (i: number, j: number) => 0.5 + ((0.618034 * i + 0.3 * j) % 1);

/** Whether both differences see a slope of more than `least`. At a stationary point the shorter sees half of the longer's at most. */
export const agree = (longer: number, shorter: number, least: number) =>
  Math.abs(shorter) > least && Math.abs(longer - shorter) <= 0.1 * Math.abs(shorter);
