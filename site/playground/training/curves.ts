// The curves of a training over updates, epochs or seconds, on one x axis for all runs.

export const axes = ["update", "epoch", "second"] as const;
export type Axis = (typeof axes)[number];

/** A point of a curve: where it is, and its value. */
export interface CurvePoint {
  readonly update: number;
  readonly second: number;
  readonly value: number;
}

export interface Curve {
  /** Updates in an epoch of this run. */
  readonly perEpoch: number;
  readonly points: readonly CurvePoint[];
}

/** The most points of the common axis: more cannot be seen. */
const mostPoints = 400;

const place = ({ update, second }: CurvePoint, axis: Axis, perEpoch: number): number =>
  axis === "second" ? second : axis === "epoch" ? update / perEpoch : update;

/** The value at x on the straight line between two points; NaN before the first and after the last. */
function valueAt(xs: readonly number[], points: readonly CurvePoint[], x: number, from: number): { value: number; at: number } {
  let at = from;
  while (at < xs.length && xs[at] < x) at += 1;
  if (at === xs.length || (at === 0 && xs[0] > x)) return { value: Number.NaN, at };
  if (xs[at] === x) return { value: points[at].value, at };
  const share = (x - xs[at - 1]) / (xs[at] - xs[at - 1]);
  return { value: points[at - 1].value + share * (points[at].value - points[at - 1].value), at };
}

/** The places of all points, or as many at equal distances if there are too many; and the values of each curve there. */
export function onAxis(curves: readonly Curve[], axis: Axis): { readonly x: number[]; readonly values: number[][] } {
  const places = curves.map(({ points, perEpoch }) => points.map((point) => place(point, axis, perEpoch)));
  const all = [...new Set(places.flat())].sort((a, b) => a - b);
  const [first, last] = [all[0], all[all.length - 1]];
  const x =
    all.length <= mostPoints
      ? all
      : Array.from({ length: mostPoints }, (_, i) =>
          i === mostPoints - 1 ? last : first + (i * (last - first)) / (mostPoints - 1),
        );
  const values = curves.map(({ points }, i) => {
    let from = 0;
    return x.map((x) => {
      const { value, at } = valueAt(places[i], points, x, from);
      from = at;
      return value;
    });
  });
  return { x, values };
}
