// The settings of a training: batch, epochs, seed, schedule, rates.
import { sizes } from "../../data/digits.js";
import { type Control, choiceControl, element, numberControl } from "../controls/control.js";
import { integers } from "../controls/scale.js";
import { seedOf } from "../racers.js";
import type { Shell } from "../view.js";
import { commonScheduleNames } from "./commonSchedules.js";
import { defaults, mostEpochs, planOf } from "./plan.js";
import type { Strings } from "./strings.js";

const mostSeed = 99;

export interface Panel {
  readonly element: HTMLElement;
  /** Shows the current state. */
  update(): void;
}

export function makeSettings(shell: Shell, texts: Strings): Panel {
  /** A control of an integer that is a setting. */
  function integerControl(name: string, label: string, min: number, max: number, value: number, note?: string): Control<number> {
    return numberControl({
      ...{ label, value, note },
      scale: integers(min, max),
      onInput(next) {
        if (!Number.isInteger(next) || next < min || next > max) return texts.mustBe(min, max);
        shell.set(name, String(next));
        return undefined;
      },
    });
  }

  const batchNumber = () => {
    const [{ batch }] = planOf({
      ...shell.state,
      settings: new Map([...shell.state.settings].filter(([name]) => name !== "batches")),
    }).runs;
    return batch === "all" ? sizes.train : Math.min(batch, sizes.train);
  };
  const batch = numberControl({
    label: texts.batch,
    value: batchNumber(),
    note: texts.batchNote(sizes.train),
    scale: integers(1, sizes.train),
    onInput(next) {
      if (!Number.isInteger(next) || next < 1 || next > sizes.train) return texts.mustBe(1, sizes.train);
      const settings = new Map(shell.state.settings);
      settings.delete("batches");
      settings.set("batch", next === sizes.train ? "all" : String(next));
      shell.change({ settings });
      return undefined;
    },
  });
  const own = element("p", { className: "pg-note" });
  const plan = planOf(shell.state);
  const epochs = integerControl("epochs", texts.epochs, 1, mostEpochs, plan.epochs);
  const seed = integerControl("seed", texts.seed, 0, mostSeed, plan.seed, texts.seedNote);
  const schedule = choiceControl({
    label: texts.schedule,
    value: plan.schedule,
    choices: commonScheduleNames.map((name) => [name, texts.schedules[name]]),
    onInput(next) {
      shell.set("schedule", next === defaults.schedule ? undefined : next);
      return undefined;
    },
  });
  const rates = choiceControl({
    label: texts.rates,
    value: String(plan.tuned),
    choices: [
      ["false", texts.rateChoices.defaults],
      ["true", texts.rateChoices.found],
    ],
    onInput(next) {
      shell.change({ tuned: next === "true" });
      return undefined;
    },
  });

  const panel = element(
    "div",
    { className: "pg-controls" },
    element("div", {}, batch.element, own),
    ...[epochs, seed, schedule, rates].map((control) => control.element),
  );
  return {
    element: panel,
    update() {
      const plan = planOf(shell.state);
      const batches = shell.state.settings.get("batches");
      batch.set(batchNumber());
      own.hidden = batches === undefined;
      own.textContent = texts.batchesNote(
        plan.runs.map(({ batch }) => (batch === "all" ? texts.all(String(sizes.train)) : batch)).join(", "),
      );
      epochs.set(plan.epochs);
      seed.set(seedOf(shell.state.settings));
      schedule.set(plan.schedule);
      rates.set(String(plan.tuned));
    },
  };
}
