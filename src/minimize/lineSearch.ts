// A line search for the strong Wolfe conditions: Nocedal & Wright, Numerical Optimization, 2nd edition, algorithms 3.5 and
// 3.6, with the constants, interpolation and safeguards of PyTorch's torch.optim.LBFGS (minFunc's, by M. Schmidt).

/** A point of the line: the step that leads to it, the loss there and the derivative of the loss by the step. */
export interface LinePoint {
  readonly step: number;
  readonly value: number;
  readonly slope: number;
}

/** A line through parameter space. */
export interface Line {
  /**
   * Goes to the point at this step. A loss or slope that counts as too high is Infinity; undefined, without asking for
   * the loss, where rounding makes it the point that is kept.
   */
  at(step: number): LinePoint | undefined;
  /** Keeps the point gone to last, in place of the one kept before. */
  keep(): void;
}

export interface Found {
  /** The start, when no better one was found. */
  readonly point: LinePoint;
  /** Whether it is the point that is kept, not the one gone to last. */
  readonly kept: boolean;
  /** Whether the loss still falls at the end of the line. */
  readonly unbounded: boolean;
}

const sufficient = 1e-4; // c1: a step lowers the loss at least by this part of what the slope at the start promises
const curvature = 0.9; // c2: and leaves at most this part of the slope

/** The minimum of the cubic through two points, a left of b, within bounds; their middle where there is none. */
function interpolate(a: LinePoint, b: LinePoint, least: number, most: number): number {
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.step - b.step);
  const d2 = Math.sqrt(d1 * d1 - a.slope * b.slope);
  const step = b.step - (b.step - a.step) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2));
  return Number.isNaN(step) ? (least + most) / 2 : Math.min(Math.max(step, least), most);
}

/**
 * Looks for a step with sufficient decrease and a flat enough slope, from `start`, which is kept, whose slope is negative.
 * @param first the step to try first
 * @param longest the longest step there is
 * @param narrowest the width of an interval not worth dividing
 * @param most trials after the first one
 */
export function strongWolfe(
  line: Line,
  start: LinePoint,
  first: number,
  longest: number,
  narrowest: number,
  most: number,
): Found {
  const lowers = ({ step, value }: LinePoint) => value <= start.value + sufficient * step * start.slope;
  const flattens = ({ slope }: LinePoint) => Math.abs(slope) <= -curvature * start.slope;
  const plunges = ({ value, slope }: LinePoint) => value === -Infinity || slope === -Infinity;

  let low = start; // the point that is kept
  let step = Math.min(first, longest);
  let trial = line.at(step);
  // Far from 0 the points of f32 may be further apart than the first step is long.
  while (!trial && step < longest) {
    step = Math.min(10 * step, longest);
    trial = line.at(step);
  }
  let tried = 0;

  // Further and further, until a trial is too far.
  for (;;) {
    if (!trial) return { point: low, kept: true, unbounded: false };
    if (plunges(trial)) return { point: low, kept: true, unbounded: true };
    if (tried === most) {
      const better = trial.value < low.value;
      return { point: better ? trial : low, kept: !better, unbounded: false };
    }
    if (!lowers(trial) || (tried > 1 && trial.value >= low.value)) break;
    if (flattens(trial)) return { point: trial, kept: false, unbounded: false };
    if (trial.slope >= 0) break;
    if (trial.step >= longest) return { point: trial, kept: false, unbounded: true };
    const next: number = interpolate(low, trial, trial.step + 0.01 * (trial.step - low.step), 10 * trial.step);
    low = trial;
    line.keep();
    trial = line.at(Math.min(next, longest));
    tried += 1;
  }

  // Between the lowest point and one on the other side of a minimum.
  let high = trial;
  if (trial.value < low.value) {
    [low, high] = [trial, low];
    line.keep();
  }
  let nearEnd = false;
  while (tried < most) {
    const [left, right] = low.step < high.step ? [low, high] : [high, low];
    const width = right.step - left.step;
    if (width < narrowest) break;
    step = interpolate(left, right, left.step, right.step);
    // Not twice in a row nearer to an end than a tenth.
    if (Math.min(right.step - step, step - left.step) < 0.1 * width) {
      if (nearEnd || step >= right.step || step <= left.step) {
        step = right.step - step < step - left.step ? right.step - 0.1 * width : left.step + 0.1 * width;
        nearEnd = false;
      } else {
        nearEnd = true;
      }
    } else {
      nearEnd = false;
    }

    trial = line.at(step);
    if (!trial && nearEnd) continue; // a tenth away from the end, then
    if (!trial) break;
    if (plunges(trial)) return { point: low, kept: true, unbounded: true };
    tried += 1;
    if (lowers(trial) && trial.value < low.value) {
      if (flattens(trial)) return { point: trial, kept: false, unbounded: false };
      if (trial.slope * (high.step - low.step) >= 0) high = low;
      low = trial;
      line.keep();
    } else if (trial.value < low.value) {
      [low, high] = [trial, low];
      line.keep();
    } else {
      high = trial;
    }
  }
  return { point: low, kept: true, unbounded: false };
}
