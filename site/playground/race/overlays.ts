// What can be drawn at the racers' points: gradient, velocity, look-ahead point, step per axis, averaged point, Adam's path without correction.
import { colourOf } from "../draw/palette.js";
import { density, type Plane } from "../draw/plane.js";
import type { Point, Surface } from "../surfaces.js";
import { axisRatesAt } from "./measures.js";
import type { Lane, Race } from "./race.js";
import type { uncorrectedPath } from "./uncorrected.js";

export const overlays = ["gradient", "velocity", "lookAhead", "perAxis", "average", "uncorrected"] as const;
export type Overlay = (typeof overlays)[number];

/** The overlays of the setting `show`: names with commas between. */
export function readOverlays(text: string | undefined): Set<Overlay> {
  const names = (text ?? "").split(",");
  return new Set(overlays.filter((overlay) => names.includes(overlay)));
}

/** Loaded when it is first shown, because it brings a rule of its own. */
let pathOf: typeof uncorrectedPath | undefined;

/** Loads what an overlay needs. Undefined if everything is there. */
export function loadOverlays(shown: ReadonlySet<Overlay>): Promise<unknown> | undefined {
  if (!shown.has("uncorrected") || pathOf) return undefined;
  return import("./uncorrected.js").then(({ uncorrectedPath }) => {
    pathOf = uncorrectedPath;
  });
}

/** Arrows grow with the root of what they show: steps differ by powers of ten. Lengths in CSS pixels. */
const arrow = { most: 64, factor: 9 };

/** The longer axis of the ellipse, in CSS pixels. */
const ellipse = 26;

interface Place {
  readonly context: CanvasRenderingContext2D;
  readonly plane: Plane;
  readonly lane: Lane;
  readonly surface: Surface;
  readonly t: number;
}

const pointOf = ({ lane: { points } }: Place, t: number): Point => [points[2 * t], points[2 * t + 1]];

function drawArrow({ context }: Place, [x, y]: Point, [dx, dy]: Point, length: number): void {
  const norm = Math.hypot(dx, dy);
  if (!(norm > 0)) return;
  const [ux, uy] = [dx / norm, dy / norm];
  const [ex, ey] = [x + ux * length, y + uy * length];
  const head = 6 * density();
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(ex, ey);
  context.moveTo(ex - head * (ux + uy / 2), ey - head * (uy - ux / 2));
  context.lineTo(ex, ey);
  context.lineTo(ex - head * (ux - uy / 2), ey - head * (uy + ux / 2));
  context.stroke();
}

const compressed = (pixels: number) => Math.min(arrow.most, arrow.factor * Math.sqrt(pixels / density())) * density();

/** Down the slope, from the loss over all examples without noise. */
function drawGradient(place: Place): void {
  const [x, y] = pointOf(place, place.t);
  const g = new Float64Array(2);
  place.surface.gradient(x, y, g);
  const from = place.plane.toPixel(x, y);
  const to = place.plane.toPixel(x - g[0], y - g[1]);
  const along: Point = [to[0] - from[0], to[1] - from[1]];
  place.context.setLineDash([3 * density(), 2 * density()]);
  drawArrow(place, from, along, compressed(Math.hypot(...along) / 10));
  place.context.setLineDash([]);
}

/** The last step, drawn on from the point. */
function drawVelocity(place: Place): void {
  if (place.t === 0) return;
  const from = place.plane.toPixel(...pointOf(place, place.t - 1));
  const to = place.plane.toPixel(...pointOf(place, place.t));
  const along: Point = [to[0] - from[0], to[1] - from[1]];
  drawArrow(place, to, along, compressed(Math.hypot(...along)));
}

/** Where a two-phase rule, or SAM, takes the next gradient. The optimizer is unchanged afterwards. */
export function lookAhead({ racer, setup }: Lane, surface: Surface): Point | undefined {
  if (!racer || racer.diverged) return undefined;
  const { optimizer, point, gradient } = racer;
  const twoPhase = setup.options.twoPhase === true && optimizer.spec.twoPhase !== undefined;
  if (!optimizer.sam && !twoPhase) return undefined;
  const kept = gradient.slice();
  surface.gradient(point[0], point[1], gradient);
  optimizer.shift();
  const ahead: Point = [point[0], point[1]];
  optimizer.unshift();
  gradient.set(kept);
  return ahead;
}

function drawLookAhead(place: Place): void {
  const ahead = lookAhead(place.lane, place.surface);
  if (!ahead) return;
  const from = place.plane.toPixel(...pointOf(place, place.t));
  const to = place.plane.toPixel(...ahead);
  place.context.beginPath();
  place.context.moveTo(...from);
  place.context.lineTo(...to);
  place.context.stroke();
  place.context.beginPath();
  place.context.arc(...to, 5 * density(), 0, 2 * Math.PI);
  place.context.stroke();
}

/** An ellipse whose axes are proportional to step ÷ gradient along x and along y. */
function drawPerAxis(place: Place): void {
  const { t, lane, context } = place;
  const rates = axisRatesAt(lane, t);
  const most = Math.max(...rates);
  if (!(most > 0 && most < Infinity)) return;
  const [rx, ry] = rates.map((rate) => (ellipse * density() * rate) / most);
  context.beginPath();
  context.ellipse(...place.plane.toPixel(...pointOf(place, t)), rx, ry, 0, 0, 2 * Math.PI);
  context.stroke();
}

/** The average of `ema` or `swa`, or Lookahead's slow point. */
export function averageOf({ racer }: Lane): Point | undefined {
  const array: Float32Array | undefined = racer?.optimizer.average?.point ?? racer?.optimizer.slow?.point;
  return array && racer && racer.optimizer.t > 0 ? [array[0], array[1]] : undefined;
}

function drawAverage(place: Place): void {
  const average = averageOf(place.lane);
  if (!average) return;
  const [x, y] = place.plane.toPixel(...average);
  const size = 5 * density();
  place.context.strokeRect(x - size, y - size, 2 * size, 2 * size);
}

function drawUncorrected({ context, plane, lane, surface, t }: Place): void {
  const path = pathOf?.(lane, surface, t);
  if (!path) return;
  context.beginPath();
  for (let i = 0; i < path.length; i += 2) context.lineTo(...plane.toPixel(path[i], path[i + 1]));
  context.setLineDash([2 * density(), 3 * density()]);
  context.stroke();
  context.setLineDash([]);
}

const drawers: { readonly [overlay in Overlay]: (place: Place) => void } = {
  gradient: drawGradient,
  velocity: drawVelocity,
  lookAhead: drawLookAhead,
  perAxis: drawPerAxis,
  average: drawAverage,
  uncorrected: drawUncorrected,
};

export function drawOverlays(context: CanvasRenderingContext2D, race: Race, plane: Plane, shown: ReadonlySet<Overlay>): void {
  context.lineWidth = 2 * density();
  for (const [i, lane] of race.lanes.entries()) {
    if (!lane.racer) continue;
    context.strokeStyle = colourOf(i);
    for (const overlay of overlays) {
      if (shown.has(overlay)) drawers[overlay]({ context, plane, lane, surface: race.surface, t: race.t });
    }
  }
}
