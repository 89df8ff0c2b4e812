// The settings of the view of flat minima.
import { type Control, choiceControl, element, numberControl } from "../controls/control.js";
import { integers, type Scale, scaleOf } from "../controls/scale.js";
import { ruleNames } from "../options.js";
import type { Shell } from "../view.js";
import { type Plan, planOf, type RangeName, ranges, rateRange } from "./plan.js";
import type { Strings } from "./strings.js";

const mostSeed = 99;

export interface Panel {
  readonly element: HTMLElement;
  /** Shows the current state. */
  update(): void;
}

interface Entry {
  readonly control: Control<number>;
  readonly read: (plan: Plan) => number;
}

export function makeSettings(shell: Shell, texts: Strings): Panel {
  const current = () => planOf(shell.state.settings);

  function entry(
    name: keyof Strings["settings"],
    min: number,
    max: number,
    scale: Scale,
    integer: boolean,
    read: Entry["read"],
  ): Entry {
    const control = numberControl({
      label: texts.settings[name],
      value: read(current()),
      scale,
      onInput(next) {
        if (!(next >= min && next <= max)) return texts.mustBe(String(min), String(max));
        if (integer && !Number.isInteger(next)) return texts.mustBeInteger(String(min), String(max));
        shell.set(name, String(next));
        return undefined;
      },
    });
    return { control, read };
  }
  function ranged(name: RangeName, read: Entry["read"]): Entry {
    const { value, min, max, ...rest } = ranges[name];
    const integer = "integer" in rest;
    return entry(name, min, max, integer ? integers(min, max) : scaleOf("[0,inf)", value), integer, read);
  }

  const entries: readonly Entry[] = [
    entry("rate", rateRange.min, rateRange.max, scaleOf("(0,inf)", 0.01), false, ({ common }) => common.lr),
    ranged("batch", ({ common }) => common.batch),
    ranged("updates", ({ common }) => common.updates),
    ranged("decay", ({ common }) => common.weightDecay),
    ranged("radius", ({ common }) => common.radius),
    ranged("distance", ({ distance }) => distance),
    ranged("seeds", ({ seeds }) => seeds.length),
    entry("seed", 0, mostSeed, integers(0, mostSeed), true, ({ seeds }) => seeds[0]),
  ];
  const rule = choiceControl({
    label: texts.settings.rule,
    value: current().common.rule,
    choices: ruleNames.map((name) => [name, name]),
    onInput(next) {
      // The rate of another rule would hardly fit.
      const settings = new Map(shell.state.settings);
      settings.set("rule", next);
      settings.delete("rate");
      shell.change({ settings });
      return undefined;
    },
  });
  return {
    element: element(
      "div",
      { className: "pg-controls" },
      ...[rule, ...entries.map(({ control }) => control)].map((control) => control.element),
    ),
    update() {
      const plan = current();
      rule.set(plan.common.rule);
      for (const { control, read } of entries) control.set(read(plan));
    },
  };
}
