// The figure of a learn page: which one is the setting `figure` of its state. Below it, a link to the playground with the same state.
import { element } from "../playground/controls/control.js";
import { format, parse, type State } from "../playground/state.js";
import type { Locale, Mount, Mounted } from "../playground/view.js";
import { strings } from "./strings.js";
import "../playground/playground.css";
import "./learn.css";

export interface FigureOptions {
  readonly locale: Locale;
  readonly state: State;
  /** Called when the visitor changes the state. */
  readonly onState: (state: State) => void;
}

/** Each module exports a function that fills the place of the figure. */
export type Figure = (place: HTMLElement, options: FigureOptions) => Mounted;

const figures: { readonly [name: string]: () => Promise<{ readonly show: Figure }> } = {
  race: () => import("./race.js"),
  batches: () => import("./batches/figure.js"),
  shift: () => import("./shift/figure.js"),
  correction: () => import("./correction/figure.js"),
};

/** Settings that mean something to figures only. */
const own = ["figure", "controls", "surfaces", "names", "play"];

function addressOf(state: State, locale: Locale): string {
  const settings = new Map([...state.settings].filter(([name]) => !own.includes(name)));
  return `${import.meta.env.BASE_URL}${locale === "ko" ? "ko/" : ""}playground#${format({ ...state, settings })}`;
}

export const mount: Mount = async (place, { locale, state: text = "" }) => {
  const state = parse(text);
  const name = state.settings.get("figure") ?? "race";
  const load = figures[name];
  if (!load) throw new Error(`there is no figure "${name}"`);
  const { show } = await load();
  const link = element("a", { href: addressOf(state, locale) }, strings[locale].open);
  const figure = show(place, { locale, state, onState: (now) => (link.href = addressOf(now, locale)) });
  const line = element("p", { className: "learn-open" }, link);
  place.append(line);
  return {
    destroy() {
      figure.destroy();
      line.remove();
    },
  };
};
