// What the picture of a race shows, in words.
import { short } from "../draw/numbers.js";
import type { Locale } from "../view.js";
import { hasDiverged, lossAt } from "./measures.js";
import type { Race } from "./race.js";
import { strings } from "./strings.js";

export function summarize(race: Race, labels: readonly string[], locale: Locale): string {
  const texts = strings[locale];
  const { surface, t } = race;
  const racers = race.lanes.map((lane, i) => {
    if (!lane.racer || hasDiverged(surface, lane, t)) return texts.racerDiverged(labels[i]);
    const [x, y] = [lane.points[2 * t], lane.points[2 * t + 1]];
    return texts.racerAt(labels[i], short(x), short(y), short(lossAt(surface, lane, t)));
  });
  return texts.summary(surface.title[locale], t, racers.join("; "));
}
