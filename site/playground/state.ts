// The whole state of a playground, and its text in the hash of the address.
import { checkedOptions, isRule, type RacerOptions } from "./options.js";
import type { Settings } from "./settings.js";
import { type Point, type SurfaceName, surfaces } from "./surfaces.js";

export { flagSetting, numberSetting, type Settings } from "./settings.js";

export const views = ["race", "swarm", "basins", "rates", "training", "flat"] as const;
export type View = (typeof views)[number];

export interface RacerSetup {
  readonly rule: string;
  /** Only what differs from the start values. */
  readonly options: RacerOptions;
}

export interface State {
  view: View;
  surface: SurfaceName;
  start: Point;
  /** At least 1, at most 8. */
  racers: RacerSetup[];
  /** The start values of learning rates: false: the library's defaults; true: tuned for this surface. */
  tuned: boolean;
  /** The shown step. */
  step: number;
  /** Steps a frame, 1 … 256. */
  perFrame: number;
  /** Settings of surfaces and views by name: batch, kappa, seed, noise, overlays … */
  settings: Settings & Iterable<readonly [string, string]>;
}

export const mostRacers = 8;
export const mostSteps = 10_000;
export const mostPerFrame = 256;

const version = "1";

/** A state with nothing set. */
export function defaultState(): State {
  return {
    view: "race",
    surface: "bowl",
    start: surfaces.bowl.start,
    racers: ["sgd", "momentum", "adam"].map((rule) => ({ rule, options: {} })),
    tuned: false,
    step: 0,
    perFrame: 1,
    settings: new Map(),
  };
}

/** Readable in an address: commas and colons have no other meaning in a hash. */
const encode = (text: string) => encodeURIComponent(text).replace(/%3A/g, ":").replace(/%2C/g, ",");

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const isNegativeZero = (value: unknown) => Object.is(value, -0);
const write = (value: number | boolean | string) => (isNegativeZero(value) ? "-0" : String(value));

function readValue(text: string): number | boolean | string {
  if (text === "true" || text === "false") return text === "true";
  return text !== "" && !Number.isNaN(Number(text)) ? Number(text) : text;
}

function readRacer(text: string): RacerSetup | undefined {
  const [rule, ...parts] = text.split(",");
  if (!isRule(rule)) return undefined;
  const entries = parts.map((part) => {
    const colon = part.indexOf(":");
    return [part.slice(0, Math.max(0, colon)), readValue(part.slice(colon + 1))] as const;
  });
  return { rule, options: checkedOptions(rule, Object.fromEntries(entries)) };
}

const writeRacer = ({ rule, options }: RacerSetup) =>
  [rule, ...Object.entries(options).map(([name, value]) => `${name}:${write(value)}`)].join(",");

function readPoint(text: string): Point | undefined {
  const [x, y, ...others] = text.split(",").map((part) => (part === "" ? Number.NaN : Number(part)));
  return Number.isFinite(x) && Number.isFinite(y) && others.length === 0 ? [x, y] : undefined;
}

/** An integer from `min` to `max`, or undefined. */
function readInteger(text: string, min: number, max: number): number | undefined {
  const value = text === "" ? Number.NaN : Number(text);
  return Number.isInteger(value) && value >= min && value <= max ? value : undefined;
}

/** The state that a hash describes. Never throws; wrong parts fall back, and another version altogether. */
export function parse(hash: string): State {
  const state = defaultState();
  const settings = new Map<string, string>();
  const racers: RacerSetup[] = [];
  let start: Point | undefined;
  for (const part of hash.replace(/^#/, "").split("&")) {
    const equals = part.indexOf("=");
    if (equals < 1) continue;
    const [name, text] = [decode(part.slice(0, equals)), decode(part.slice(equals + 1))];
    if (name === "v") {
      if (text !== version) return defaultState();
    } else if (name === "view") {
      if (views.includes(text as View)) state.view = text as View;
    } else if (name === "on") {
      if (Object.hasOwn(surfaces, text)) state.surface = text as SurfaceName;
    } else if (name === "from") start = readPoint(text);
    else if (name === "r") {
      const racer = readRacer(text);
      if (racer && racers.length < mostRacers) racers.push(racer);
    } else if (name === "t") state.step = readInteger(text, 0, mostSteps) ?? state.step;
    else if (name === "f") state.perFrame = readInteger(text, 1, mostPerFrame) ?? state.perFrame;
    else if (name === "tuned") state.tuned = text === "1";
    else settings.set(name, text);
  }
  state.start = start ?? surfaces[state.surface].start;
  if (racers.length > 0) state.racers = racers;
  state.settings = settings;
  return state;
}

/** The text of a state: only what differs from the defaults. */
export function format(state: State): string {
  const defaults = defaultState();
  const parts: (readonly [name: string, text: string])[] = [["v", version]];
  if (state.view !== defaults.view) parts.push(["view", state.view]);
  if (state.surface !== defaults.surface) parts.push(["on", state.surface]);
  const start = state.start.map(write).join(",");
  if (start !== surfaces[state.surface].start.map(write).join(",")) parts.push(["from", start]);
  const racers = state.racers.map(writeRacer);
  if (racers.join("&") !== defaults.racers.map(writeRacer).join("&")) parts.push(...racers.map((text) => ["r", text] as const));
  if (state.step !== defaults.step) parts.push(["t", String(state.step)]);
  if (state.perFrame !== defaults.perFrame) parts.push(["f", String(state.perFrame)]);
  if (state.tuned !== defaults.tuned) parts.push(["tuned", "1"]);
  parts.push(...state.settings);
  return parts.map(([name, text]) => `${encode(name)}=${encode(text)}`).join("&");
}
