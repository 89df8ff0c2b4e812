// A line search for the strong Wolfe conditions: Nocedal & Wright, Numerical Optimization, 2nd edition, algorithms 3.5 and
// 3.6, with the constants, interpolation and safeguards of PyTorch's torch.optim.LBFGS (minFunc's, by M. Schmidt).

/** A point on the line: its step, the loss, and the derivative of the loss by the step. */
export interface LinePoint {
  readonly step: number;
  readonly value: number;
  readonly slope: number;
}

/** A line through parameter space. */
export interface Line {
  /**
   * Moves to the point at this step and evaluates it. A point that is too far has loss and slope Infinity. Returns undefined, without an
   * evaluation, if rounding gives the kept point.
   */
  at(step: number): LinePoint | undefined;
  /** Keeps the last point, instead of the one kept before. */
  keep(): void;
}

export interface Found {
  /** The best point; the start if no better one was found. */
  readonly point: LinePoint;
  /** Whether `point` is the kept point, not the last one. */
  readonly kept: boolean;
  /** Whether the loss still falls at the end of the line. */
  readonly unbounded: boolean;
}

const sufficient = 1e-4; // c1: least decrease of the loss, relative to step · initial slope
const curvature = 0.9; // c2: largest slope after the step, relative to the initial slope

/** The minimum of the cubic through two points, a left of b, within bounds. The middle of the bounds if there is no minimum. */
function interpolate(a: LinePoint, b: LinePoint, least: number, most: number): number {
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.step - b.step);
  const d2 = Math.sqrt(d1 * d1 - a.slope * b.slope);
  const step = b.step - (b.step - a.step) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2));
  return Number.isNaN(step) ? (least + most) / 2 : Math.min(Math.max(step, least), most);
}

/**
 * Searches for a step with sufficient decrease and a small slope. `start` is the kept point; its slope is negative.
 * @param first the first step
 * @param longest the longest step
 * @param narrowest the search ends at an interval narrower than this
 * @param most most trials after the first one
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

  let low = start; // the kept point
  let step = Math.min(first, longest);
  let trial = line.at(step);
  // Far from 0, neighboring f32 points may be further apart than the first step.
  while (!trial && step < longest) {
    step = Math.min(10 * step, longest);
    trial = line.at(step);
  }
  let tried = 0;

  // Bracketing: longer steps, until a trial is too far.
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

  // Zoom: between the lowest point and a point on the other side of a minimum.
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
    // No two trials in a row lie within a tenth of the width from an end.
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
    if (!trial && nearEnd) continue; // the next trial is a tenth of the width away from the end
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
