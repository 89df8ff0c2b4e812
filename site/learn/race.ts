// A small race. The setting `controls` names its controls, `surfaces` the surfaces to choose from, `names` what the racers are called. With `play=1` it starts by itself.
import { choiceControl } from "../playground/controls/control.js";
import { mountRace } from "../playground/race/compact.js";
import { type SurfaceName, surfaces } from "../playground/surfaces.js";
import type { Figure } from "./figure.js";
import { strings } from "./strings.js";

type RacerName = keyof (typeof strings)["en"]["racers"];

const list = (text: string | undefined) => (text ? text.split(",") : []);

export const show: Figure = (place, { locale, state, onState }) => {
  const names = list(state.settings.get("names")).filter((name): name is RacerName =>
    Object.hasOwn(strings[locale].racers, name),
  );
  const race = mountRace(place, {
    locale,
    state,
    compact: true,
    controls: list(state.settings.get("controls")),
    names: names.length === state.racers.length ? names.map((name) => strings[locale].racers[name]) : undefined,
  });
  const surfaceNames = list(state.settings.get("surfaces")).filter((name): name is SurfaceName => Object.hasOwn(surfaces, name));
  const choice = choiceControl({
    label: strings[locale].surface,
    value: state.surface,
    choices: surfaceNames.map((name) => [name, surfaces[name].title[locale]] as const),
    onInput(name) {
      race.shell.change({ surface: name as SurfaceName, start: surfaces[name as SurfaceName].start });
      return undefined;
    },
  });
  const box = document.createElement("div");
  box.className = "pg learn-choice";
  box.append(choice.element);
  if (surfaceNames.length > 0) place.prepend(box);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (state.settings.get("play") === "1" && !still) race.play();
  const stop = race.shell.onChange(() => onState(race.shell.state as typeof state));
  return {
    destroy() {
      stop();
      race.destroy();
      box.remove();
    },
  };
};
