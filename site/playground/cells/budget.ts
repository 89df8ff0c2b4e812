// The steps of each run of a picture: the setting `steps`.
import { type Control, choiceControl } from "../controls/control.js";
import { numberSetting, type Settings } from "../settings.js";
import type { Shell } from "../view.js";

const usual = 300;
const most = 10_000;

export const budgetOf = (settings: Settings): number => Math.round(numberSetting(settings, "steps", usual, 1, most));

/** A choice of budgets. */
export function budgetControl(shell: Shell, label: string): Control<string> {
  const current = budgetOf(shell.state.settings);
  const budgets = [...new Set([30, 100, usual, 1000, 3000, current])].sort((a, b) => a - b);
  return choiceControl({
    label,
    value: String(current),
    choices: budgets.map((budget) => [String(budget), String(budget)] as const),
    onInput(value) {
      shell.set("steps", value === String(usual) ? undefined : value);
      return undefined;
    },
  });
}
