// A race in the middle of a text: canvas, play, step, scrubber, and the controls that the text speaks of.
import { type Control, element } from "../controls/control.js";
import type { Part } from "../controls/features.js";
import { hyperControl, hyperValue } from "../controls/hyper.js";
import { Player } from "../controls/player.js";
import { controlOf } from "../controls/settings.js";
import { swatch } from "../controls/swatch.js";
import { onTheme } from "../draw/palette.js";
import { labelsOf } from "../labels.js";
import { ruleOf } from "../options.js";
import { numberSetting } from "../settings.js";
import { mostSteps, parse, type State } from "../state.js";
import { makeShell } from "../store.js";
import type { Locale, Mounted, Shell } from "../view.js";
import "../playground.css";
import { short } from "../draw/numbers.js";
import { RaceCanvas } from "./canvas.js";
import { axisRatesAt, distanceAt, lossAt } from "./measures.js";
import { type Overlay, readOverlays } from "./overlays.js";
import { Race } from "./race.js";
import { strings } from "./strings.js";
import { summarize } from "./summary.js";

export { swatch } from "../controls/swatch.js";

export interface CompactOptions {
  readonly locale: Locale;
  /** As a text of a link, or as it is. The setting `steps` is the length of the race, 200 if missing. */
  readonly state: string | State;
  readonly compact: true;
  /**
   * Settings (`batch`, `kappa`, `noise`, `seed`) and hyper-parameters: `lr` of every racer that has it, `0.lr` of the first racer only.
   */
  readonly controls?: readonly string[];
  /** What the text calls the racers. Without it they have the names of their rules. */
  readonly names?: readonly string[];
}

export interface CompactRace extends Mounted {
  /** The state, to read and to change. */
  readonly shell: Shell;
  /** The race as it is now. */
  readonly race: Race;
  play(): void;
}

/** Steps of a race whose state has no setting `steps`. */
const usualSteps = 200;

/** The racers and hyper-parameters that a name of a control means. */
function hypersOf({ racers }: Readonly<State>, name: string): { racer: number; hyper: string }[] {
  const [, only, hyper] = /^(?:(\d)\.)?(.+)$/.exec(name) ?? [];
  return racers.flatMap(({ rule }, racer) =>
    (only === undefined || Number(only) === racer) && Object.hasOwn(ruleOf(rule).spec.hyper, hyper) ? [{ racer, hyper }] : [],
  );
}

export function mountRace(place: HTMLElement, { locale, state, controls = [], names }: CompactOptions): CompactRace {
  const texts = strings[locale];
  const shell = makeShell(locale, typeof state === "string" ? parse(state) : state);
  const canvas = new RaceCanvas(texts, (start) => shell.change({ start }));
  let race = new Race(shell.state);
  const steps = () => Math.round(numberSetting(shell.state.settings, "steps", usualSteps, 1, mostSteps));
  const labels = () => names ?? labelsOf(shell.state.racers);
  const shows = (overlay: Overlay) => readOverlays(shell.state.settings.get("show")).has(overlay);

  const live = element("p", { className: "pg-hidden" });
  live.setAttribute("role", "status");
  const legend = element("ul", { className: "pg-legend" });
  let readings: HTMLElement[] = [];
  const showLegend = () => {
    readings = labels().map(() => element("span", { className: "pg-reading" }));
    legend.replaceChildren(
      ...labels().map((label, i) => element("li", {}, swatch(i), element("span", {}, `${label} `, readings[i]))),
    );
    read();
  };
  /** Shows the loss and the point of each racer at the shown step. */
  const read = () => {
    for (const [i, reading] of readings.entries()) {
      const { points } = race.lanes[i];
      const [x, y] = points.subarray(2 * race.t, 2 * race.t + 2);
      const far = short(distanceAt(race.surface, race.lanes[i], race.t));
      const loss = texts.reading(short(lossAt(race.surface, race.lanes[i], race.t)), short(x), short(y), far);
      const rates = axisRatesAt(race.lanes[i], race.t).map((rate) => short(Number(rate.toPrecision(2))));
      reading.textContent = shows("perAxis") && race.t > 0 ? `${loss}, ${texts.axisRates(rates[0], rates[1])}` : loss;
    }
  };
  const player = new Player({
    locale,
    steps,
    shown: () => race.t,
    perFrame: () => shell.state.perFrame,
    goesOn: () => !race.over,
    go: (t) => {
      race.to(Math.min(t, steps()));
      canvas.draw();
      read();
    },
    onPause: () => {
      canvas.summary = live.textContent = summarize(race, labels(), locale);
    },
  });

  const parts = controls.flatMap((name): Part[] => {
    const setting = controlOf(shell, name);
    if (setting) return [setting];
    return hypersOf(shell.state, name).map(({ racer, hyper }) => {
      const { rule } = shell.state.racers[racer];
      const several = shell.state.racers.filter((other) => other.rule === rule).length > 1;
      const name = names?.[racer] ?? (several ? `${rule} ${racer + 1}` : rule);
      const control = hyperControl(shell, racer, hyper, {
        label: names ? `${hyper}, ${name}` : hyper === name ? hyper : texts.of(hyper, name),
      }) as Control<number | boolean>;
      return { element: control.element, refresh: () => control.set(hyperValue(shell, racer, hyper)) };
    });
  });

  /** A new race up to the same step, or to another one if that was set. */
  function renew({ step = race.t }: Partial<State> = {}): void {
    race.dispose();
    race = new Race({ ...shell.state, step });
    canvas.overlays = readOverlays(shell.state.settings.get("show"));
    canvas.show(race, shell.state.start);
    canvas.summary = summarize(race, labels(), locale);
    player.show();
    showLegend();
    for (const part of parts) part.refresh();
  }
  const stop = [shell.onChange(renew), onTheme(showLegend)];

  const box = element("div", { className: "pg pg-compact" }, canvas.element, legend, player.element);
  if (parts.length > 0) box.append(element("div", { className: "pg-controls" }, ...parts.map((part) => part.element)));
  box.append(live);
  place.append(box);
  renew();

  return {
    shell,
    get race() {
      return race;
    },
    play: () => player.play(),
    destroy() {
      for (const end of stop) end();
      player.destroy();
      canvas.destroy();
      race.dispose();
      box.remove();
    },
  };
}
