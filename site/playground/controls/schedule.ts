// The schedule of a learning rate: its kind, its numbers, and its curve.
import { colourOf } from "../draw/palette.js";
import {
  makeSchedule,
  readSchedule,
  type ScheduleKind,
  type ScheduleNumber,
  scheduleKinds,
  writeSchedule,
} from "../schedules.js";
import type { Shell } from "../view.js";
import { choiceControl, element, numberControl } from "./control.js";
import { type Part, setOption } from "./features.js";
import { hyperValue } from "./hyper.js";
import { integers, scaleOf } from "./scale.js";
import { strings } from "./strings.js";

/** The curve goes this far. */
const curveSteps = 300;
const curve = { width: 240, height: 48 };

/** The rate over the first steps, from 0 to its highest value, as a path in an SVG. */
function drawCurve(svg: SVGElement, text: string, lr: number, racer: number): void {
  const schedule = makeSchedule(text, lr);
  const values = Array.from({ length: curveSteps }, (_, t) => schedule(t));
  const most = Math.max(...values) || 1;
  const points = values.map((value, t) => {
    const [x, y] = [(t * curve.width) / (curveSteps - 1), curve.height - 2 - (value / most) * (curve.height - 4)];
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", `M${points.join("L")}`);
  path.setAttribute("stroke", colourOf(racer));
  svg.replaceChildren(path);
}

export function schedulePart(shell: Shell, racer: number): Part {
  const texts = strings[shell.locale];
  const current = () => shell.state.racers[racer].options.schedule as string | undefined;
  const read = () => readSchedule(current() ?? "");
  const choice = choiceControl({
    label: texts.schedule,
    value: "",
    choices: [["", texts.noSchedule], ...Object.entries(scheduleKinds).map(([kind, { name }]) => [kind, name] as const)],
    onInput: (kind) => setOption(shell, racer, "schedule", kind || undefined),
  });
  const numbers = element("div", { className: "pg-controls" });
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${curve.width} ${curve.height}`);
  svg.setAttribute("class", "pg-curve");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", texts.curve(curveSteps));
  let shownKind: ScheduleKind | undefined;
  let setters: ((numbers: Readonly<Record<string, number>>) => void)[] = [];

  function rebuild(kind: ScheduleKind | undefined): void {
    shownKind = kind;
    const known = kind ? Object.entries<ScheduleNumber>(scheduleKinds[kind].numbers) : [];
    const made = known.map(([name, { value, integer }]) => {
      const control = numberControl({
        label: name,
        value,
        scale: integer ? integers(1, 10_000) : name === "factor" ? scaleOf("[0,1)", 0.9) : scaleOf("[0,inf)", 0.1),
        onInput(next) {
          const schedule = read();
          if (!schedule) return undefined;
          return setOption(
            shell,
            racer,
            "schedule",
            writeSchedule({ ...schedule, numbers: { ...schedule.numbers, [name]: next } }),
          );
        },
      });
      return { element: control.element, set: (all: Readonly<Record<string, number>>) => control.set(all[name]) };
    });
    setters = made.map(({ set }) => set);
    numbers.replaceChildren(...made.map((one) => one.element));
  }

  function refresh(): void {
    const schedule = read();
    choice.set(schedule?.kind ?? "");
    if (schedule?.kind !== shownKind) rebuild(schedule?.kind);
    if (schedule) for (const set of setters) set(schedule.numbers);
    svg.style.display = schedule ? "" : "none";
    if (schedule) drawCurve(svg, current() as string, hyperValue(shell, racer, "lr") as number, racer);
  }
  refresh();
  return {
    element: element("div", { className: "pg-feature" }, choice.element, numbers, svg as unknown as HTMLElement),
    refresh,
  };
}
