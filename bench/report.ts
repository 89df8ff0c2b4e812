// The report of a run, in Markdown.
import { type Cell, names } from "./cells.js";
import { fitLine } from "./growth.js";
import { type Measured, middle } from "./interleaved.js";
import type { Results } from "./results.js";
import { table } from "./table.js";
import { specs, traffic } from "./ways.js";
import { tensors } from "./workloads.js";

const integer = (n: number) => n.toLocaleString("en-US");

/** Three significant digits, with at most three decimals. */
const number = (x: number | undefined) => (x === undefined ? "–" : x.toFixed(x >= 100 ? 0 : x >= 10 ? 1 : x >= 1 ? 2 : 3));

const nanoseconds = ({ parameters }: Cell, measured: Measured | undefined) => measured && (measured.median * 1e6) / parameters;

/** The time of way `over` ÷ that of way `under`. Relative to ours on one thread: the median of the ratios round by round. */
export function ratio({ ways }: Cell, over: string, under: string): number | undefined {
  if (!ways[over] || !ways[under]) return undefined;
  return under === names.ours ? ways[over].ratio : ways[over].median / ways[under].median;
}

const spread = (measured: Measured | undefined) => measured && `${Math.round((100 * measured.spread) / measured.median)} %`;

/** All ways of some cells, in their order. */
const waysOf = (cells: readonly Cell[]) => [...new Set(cells.flatMap(({ ways }) => Object.keys(ways)))];

/** Whether a way is ours, not a rival's. */
const isOurs = (way: string) => way.startsWith(names.ours) || [names.scalar, names.fast, names.plain].includes(way);

/** Minimum, median and maximum of a ratio over some cells; the cell of the minimum; the number of cells. */
function range(cells: readonly Cell[], over: string, under: string): string[] | undefined {
  const found = cells.flatMap((cell) => {
    const value = ratio(cell, over, under);
    return value === undefined ? [] : [{ value, where: `${cell.rule}, ${cell.workload}` }];
  });
  if (found.length === 0) return undefined;
  found.sort((a, b) => a.value - b.value);
  const median = middle(found.map(({ value }) => value)).median;
  return [number(found[0].value), number(median), number(found[found.length - 1].value), found[0].where, String(found.length)];
}

/** Ranges of parameter numbers, in which calls, caches or memory dominate the time. */
const spans: readonly [from: number, to: number][] = [
  [1, 4096],
  [4097, 2 ** 20 - 1],
  [2 ** 20, Number.POSITIVE_INFINITY],
];

/** The range of parameter numbers of some cells, as text. */
function spanOf(cells: readonly Cell[]): string {
  const sizes = cells.map(({ parameters }) => parameters);
  const [min, max] = [Math.min(...sizes), Math.max(...sizes)];
  return min === max ? integer(min) : `${integer(min)} to ${integer(max)}`;
}

/** The table of ratios. */
export function headline({ cells, models }: Results): string {
  const all = [...cells, ...models];
  const rows: string[][] = [];
  const add = (what: string, over: string, under: string, among: readonly Cell[]) => {
    const measured = among.filter(({ ways }) => ways[over] && ways[under]);
    const found = range(measured, over, under);
    if (found) rows.push([what, spanOf(measured), ...found]);
  };
  const within = ([from, to]: readonly [number, number]) =>
    all.filter(({ parameters }) => parameters >= from && parameters <= to);
  for (const way of [names.fast, names.plain, names.scalar]) {
    for (const span of spans) add(`${way} ÷ ours`, way, names.ours, within(span));
  }
  for (const way of waysOf(all)) {
    const size = way.match(/, (\d+) threads$/)?.[1];
    if (size && isOurs(way)) add(`ours, one thread ÷ ${size}`, names.ours, way, within(spans[2]));
    if (isOurs(way)) continue;
    const mine = size ? names.threads(Number(size)) : names.ours;
    for (const span of spans) add(`${way} ÷ ${size ? `ours, ${size} threads` : "ours"}`, way, mine, within(span));
    if (!size) add(`${way} ÷ ours without its search for NaN`, way, names.allow, within(spans[2]));
  }
  return table(["time ÷ time", "parameters", "min", "median", "max", "cell of the min", "cells"], rows, "lrrrrlr");
}

function everyRule({ cells }: Results): string {
  const ways = waysOf(cells);
  const threads = ways.filter((way) => way.startsWith(`${names.ours}, `));
  const others = [
    [names.scalar, "scalar build"],
    [names.fast, "fastest loop"],
    [names.plain, "formula"],
  ].filter(([way]) => ways.includes(way));
  const head = ["rule", "parameters", "ns", "±", "GB/s", ...threads.map((way) => `ns, ${way.slice(names.ours.length + 2)}`)];
  head.push(...others.map(([, word]) => `ns, ${word}`), ...others.map(([, word]) => `${word} ÷ ours`));
  head.push(...threads.map(() => "one ÷ more threads"));
  const rows = cells.map((cell) => {
    const spec = specs.find(({ name }) => name === cell.rule);
    const mine = cell.ways[names.ours];
    const bytes = spec ? traffic(spec, tensors(spec, cell.parameters)) : 0;
    return [
      cell.rule,
      integer(cell.parameters),
      number(nanoseconds(cell, mine)),
      spread(mine) ?? "–",
      number(bytes / (mine.median * 1e6)),
      ...threads.map((way) => number(nanoseconds(cell, cell.ways[way]))),
      ...others.map(([way]) => number(nanoseconds(cell, cell.ways[way]))),
      ...others.map(([way]) => number(ratio(cell, way, names.ours))),
      ...threads.map((way) => number(ratio(cell, names.ours, way))),
    ];
  });
  return table(head, rows, "lrr");
}

/** Every way of some cells of one rule: nanoseconds per parameter, and the ratio to ours. */
function everyWay(cells: readonly Cell[]): string {
  const rows = waysOf(cells).map((way) => [
    way,
    ...cells.map((cell) => {
      const measured = cell.ways[way];
      if (!measured) return cell.left[way] ? `– (${cell.left[way]})` : "–";
      const times = way === names.ours ? "" : ` (${number(measured.ratio)}×)`;
      return `${number(nanoseconds(cell, measured))} ± ${spread(measured)}${times}`;
    }),
  ]);
  return table(["ns per parameter ± spread (× ours)", ...cells.map(({ workload }) => workload)], rows, "lr");
}

function growth(cells: readonly Cell[]): string {
  const rows = waysOf(cells).flatMap((way) => {
    const points = cells.flatMap(({ parameters: n, ways }) => (ways[way] ? [{ n, time: ways[way].median }] : []));
    if (points.length < 3) return [];
    const { fixed, each, off } = fitLine(points);
    return [[way, number(fixed * 1e6), number(each * 1e6), `${Math.round(100 * off)} %`]];
  });
  return table(["way", "ns a step", "ns per parameter", "worst point off the line"], rows, "lrrr");
}

/** The reasons for missing ways, each once. */
function leftOut(cells: readonly Cell[]): string {
  const lines = new Map<string, string[]>();
  for (const { rule, workload, left } of cells) {
    for (const [way, why] of Object.entries(left)) {
      const key = `${way}: ${why}`;
      lines.set(key, [...(lines.get(key) ?? []), `${rule} at ${workload}`]);
    }
  }
  return [...lines].map(([what, where]) => `- ${what} (${where.join(", ")})`).join("\n");
}

const how = `One run times all ways of a cell in turn, forwards and backwards, for as many rounds as the time allows. A sample lasts at least
a millisecond and follows an untimed step. Times are medians. ± is half the interquartile range. Ratios are medians of the ratios round by
round. "Ours" is the library with its defaults: it searches every gradient for NaN and infinity. GB/s is the least memory traffic of a step:
parameters and state are read and written, gradients are read. "Plain JavaScript" is a loop over Float32Arrays: the paper's formula without
tuning, or the fastest loop that we found, where there is one (\`bench/fastLoops.ts\`). The formulas of adafactor, lamb, muon and sm3 are
written for clarity, with temporary arrays. Each rival is checked first: its steps equal ours. Rivals in other processes let idle
threads sleep, because all share the processors. Their threads gain less here than on a machine of their own.`;

export function report(results: Results, charts: readonly { file: string; title: string }[]): string {
  const { cells, models, overheads, manyTensors, dead, rivals } = results;
  const byRule = new Map<string, Cell[]>();
  for (const cell of cells) byRule.set(cell.rule, [...(byRule.get(cell.rule) ?? []), cell]);
  const against = [...byRule].filter(([, list]) => waysOf(list).some((way) => !isOurs(way)));
  const adam = byRule.get("adam") ?? [...byRule.values()][0] ?? [];
  const sections: (string | false | undefined)[] = [
    "# Benchmark",
    `${results.processor}, ${results.cores} cores; ${results.runtime}; ${results.date}. ${results.asked}`,
    how,
    Object.keys(rivals).length > 0 &&
      table(
        ["rival", "version"],
        Object.entries(rivals).map(([name, found]) => [name, "version" in found ? found.version : `left out: ${found.missing}`]),
        "l",
      ),
    `## Ratios\n\n${headline(results)}`,
    ...charts.map(({ file, title }) => `![${title}](${file})`),
    cells.length > 0 && `## Every rule\n\nNanoseconds per parameter of a step.\n\n${everyRule(results)}`,
    ...against.map(([rule, list]) => `## ${rule} against others\n\n${everyWay(list)}`),
    ...[...new Set(models.map(({ rule }) => rule))].map(
      (rule) => `## ${rule} on the shapes of models\n\n${everyWay(models.filter((cell) => cell.rule === rule))}`,
    ),
    adam.length > 2 &&
      `## How ${adam[0].rule} grows\n\nThe time of a step, fitted as a line: a fixed part, and a part per parameter.\n\n${growth(adam)}`,
    overheads.length > 0 &&
      `## Small groups\n\nA step of 16 parameters, and the rule's kernels called directly. The difference is the engine, including its search for NaN.\n\n${table(
        ["rule", "step, ns", "kernels, ns", "difference, ns"],
        overheads.map(({ rule, step, kernels }) => [
          rule,
          ...[step.median, kernels.median, step.median - kernels.median].map((ms) => (ms * 1e6).toFixed(0)),
        ]),
        "lr",
      )}`,
    manyTensors &&
      `A step of Adam over 150 tensors takes ${number(manyTensors[1].ratio)} times as long as over one tensor of the same length: it is one call.`,
    dead.length > 0 &&
      `## Dead parameters\n\nThe time of a step after 200,000 steps with gradients of 0, relative to a step on normal numbers.\n\n${table(
        ["rule", "ratio"],
        dead.map(({ rule, dead }) => [rule, number(dead.ratio)]),
        "lr",
      )}`,
    "## Huge pages\n\n[hugePages.md](hugePages.md) has steps on huge pages and on usual ones, beside PyTorch and C on both.",
    leftOut([...cells, ...models]) && `## Left out\n\n${leftOut([...cells, ...models])}`,
  ];
  return `${sections.filter((section) => section).join("\n\n")}\n`;
}
