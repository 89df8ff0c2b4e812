// The report of a run, in Markdown.
import { type Cell, names } from "./cells.js";
import { fitLine } from "./growth.js";
import { type Measured, middle } from "./interleaved.js";
import type { Results } from "./results.js";
import { table } from "./table.js";
import { specs, traffic } from "./ways.js";
import { tensors } from "./workloads.js";

const integer = (n: number) => n.toLocaleString("en-US");

/** With three digits that count, but no more than three places. */
const number = (x: number | undefined) => (x === undefined ? "–" : x.toFixed(x >= 100 ? 0 : x >= 10 ? 1 : x >= 1 ? 2 : 3));

const nanoseconds = ({ parameters }: Cell, measured: Measured | undefined) => measured && (measured.median * 1e6) / parameters;

/** One way's time over another's; by the rounds that they shared where the other is ours on one thread. */
export function ratio({ ways }: Cell, over: string, under: string): number | undefined {
  if (!ways[over] || !ways[under]) return undefined;
  return under === names.ours ? ways[over].ratio : ways[over].median / ways[under].median;
}

const spread = (measured: Measured | undefined) => measured && `${Math.round((100 * measured.spread) / measured.median)} %`;

/** All the ways of some cells, in their order. */
const waysOf = (cells: readonly Cell[]) => [...new Set(cells.flatMap(({ ways }) => Object.keys(ways)))];

/** Whether a way is a thing of our own: no rival's. */
const isOurs = (way: string) => way.startsWith(names.ours) || way === names.scalar || way === names.plain;

/** least, median and largest of what some cells have of a ratio, and where the least is. */
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

/** Parameters from … to, as headlines distinguish them: calls count, caches count, memory counts. */
const spans: readonly [from: number, to: number][] = [
  [1, 4096],
  [4097, 2 ** 20 - 1],
  [2 ** 20, Number.POSITIVE_INFINITY],
];

/** The numbers of parameters of some cells, in words. */
function spanOf(cells: readonly Cell[]): string {
  const sizes = cells.map(({ parameters }) => parameters);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  return least === most ? integer(least) : `${integer(least)} to ${integer(most)}`;
}

/** What there is to say in one line each. */
export function headline({ cells, models }: Results): string {
  const all = [...cells, ...models];
  const rows: string[][] = [];
  const add = (what: string, over: string, under: string, among: readonly Cell[]) => {
    const there = among.filter(({ ways }) => ways[over] && ways[under]);
    const found = range(there, over, under);
    if (found) rows.push([what, spanOf(there), ...found]);
  };
  const within = ([from, to]: readonly [number, number]) =>
    all.filter(({ parameters }) => parameters >= from && parameters <= to);
  for (const span of spans) add("plain JavaScript ÷ ours", names.plain, names.ours, within(span));
  for (const span of spans) add("scalar build ÷ ours", names.scalar, names.ours, within(span));
  for (const way of waysOf(all)) {
    const size = way.match(/, (\d+) threads$/)?.[1];
    if (size && isOurs(way)) add(`ours, one thread ÷ ${size}`, names.ours, way, within(spans[2]));
    if (isOurs(way)) continue;
    const mine = size ? names.threads(Number(size)) : names.ours;
    for (const span of spans) add(`${way} ÷ ${size ? `ours, ${size} threads` : "ours"}`, way, mine, within(span));
    if (!size) add(`${way} ÷ ours without its search for NaN`, way, names.allow, within(spans[2]));
  }
  return table(["time ÷ time", "parameters", "least", "median", "most", "the least is of", "cells"], rows, "lrrrrlr");
}

function everyRule({ cells }: Results): string {
  const threads = waysOf(cells).filter((way) => way.startsWith(`${names.ours}, `));
  const head = ["rule", "parameters", "ns", "±", "GB/s", ...threads.map((way) => `ns, ${way.slice(names.ours.length + 2)}`)];
  head.push("scalar build", "plain loop", "scalar ÷ ours", "plain ÷ ours", ...threads.map(() => "one ÷ more threads"));
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
      number(nanoseconds(cell, cell.ways[names.scalar])),
      number(nanoseconds(cell, cell.ways[names.plain])),
      number(ratio(cell, names.scalar, names.ours)),
      number(ratio(cell, names.plain, names.ours)),
      ...threads.map((way) => number(ratio(cell, names.ours, way))),
    ];
  });
  return table(head, rows, "lrr");
}

/** Every way of some cells of one rule: nanoseconds per parameter and, below, how many times ours takes. */
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

/** Why ways are missing, once each. */
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

const how = `All ways of a cell are timed in one run, in turn, forwards and backwards, each in as many rounds as the time allows: samples of
a millisecond at least, after one step that does not count. Times are medians; ± is half the middle half of the rounds; ratios are
medians of the ratios round by round. Ours is the library as it comes, which looks for NaN and infinity in every gradient before it steps.
GB/s counts what a step moves at least: parameters and state read and written, gradients read. A plain loop is the rule as one would
write it over Float32Arrays; those of adafactor, lamb, muon and sm3 are written to be read, with temporary arrays. Rivals take the same
steps as ours, which is checked first. Programs of their own are told to let idle threads sleep, as all take turns on the same processors:
several threads of theirs gain less here than when they have the machine for themselves.`;

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
      `## How ${adam[0].rule} grows\n\nThe time of a step as a line, a fixed part and one for each parameter, fitted to all sizes.\n\n${growth(adam)}`,
    overheads.length > 0 &&
      `## Small groups\n\nA step of 16 parameters, the kernels of the rule called directly, and the difference: all that the engine does, its search for NaN included.\n\n${table(
        ["rule", "step, ns", "kernels, ns", "difference, ns"],
        overheads.map(({ rule, step, kernels }) => [
          rule,
          ...[step.median, kernels.median, step.median - kernels.median].map((ms) => (ms * 1e6).toFixed(0)),
        ]),
        "lr",
      )}`,
    manyTensors &&
      `A step of Adam over 150 tensors takes ${number(manyTensors[1].ratio)} times as long as one over a single tensor of as many parameters: it is one call.`,
    dead.length > 0 &&
      `## Dead parameters\n\nA step after 200,000 whose gradients were 0, as a multiple of one on normal numbers.\n\n${table(
        ["rule", "times"],
        dead.map(({ rule, dead }) => [rule, number(dead.ratio)]),
        "lr",
      )}`,
    leftOut([...cells, ...models]) && `## Left out\n\n${leftOut([...cells, ...models])}`,
  ];
  return `${sections.filter((section) => section).join("\n\n")}\n`;
}
