// The steps that each rule needs on test functions, from the tables of docs/convergence.md.
import { readSource } from "./page.js";

export interface Convergence {
  /** The title of the function. */
  readonly on: string;
  readonly formula: string;
  /** The learning rate, a formula of t if it decays. */
  readonly rate: string;
  /** The number of steps; undefined if the rule does not converge. */
  readonly steps: number | undefined;
  /** The distance to the minimum at the end, and why, if the rule does not converge. */
  readonly failure?: { readonly distance: string; readonly reason: string };
}

const cellsOf = (line: string) => line.slice(2, -2).split(" | ");

/** The rows below a heading of the first column. */
function rowsBelow(page: string, head: string): { readonly head: string[]; readonly rows: string[][] } {
  const lines = page.split("\n");
  const from = lines.findIndex((line) => line.startsWith(head));
  const rows = lines.slice(from + 2);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  if (from < 0 || end < 1) throw new Error(`docs/convergence.md: expected a table that begins with ${head}`);
  return { head: cellsOf(lines[from]), rows: rows.slice(0, end).map(cellsOf) };
}

function read(): ReadonlyMap<string, readonly Convergence[]> {
  const page = readSource("docs/convergence.md");
  const formulas = new Map(rowsBelow(page, "|  | function").rows.map(([title, formula]) => [title.replaceAll("*", ""), formula]));
  const { head, rows } = rowsBelow(page, "| rule |");
  const reasons = new Map([...page.matchAll(/^- (`\w+` on [^:]+): (.*)\.$/gm)].map(([, where, reason]) => [where, reason]));
  const cell = (rule: string, on: string, text: string): Convergence => {
    const found = /^(?:\**([\d,]+)\**|\*no: (\S+) away\*) at (\S+)$/.exec(text);
    const formula = formulas.get(on);
    const reason = reasons.get(`${rule} on ${on}`);
    if (!found || !formula || (found[2] && !reason)) throw new Error(`docs/convergence.md: ${rule} on ${on}: got ${text}`);
    const [, steps, distance, rate] = found;
    if (distance && reason) return { on, formula, rate, steps: undefined, failure: { distance, reason } };
    return { on, formula, rate, steps: Number(steps.replaceAll(",", "")) };
  };
  return new Map(
    rows.map(([rule, ...cells]) => [rule.replaceAll("`", ""), cells.map((text, i) => cell(rule, head[i + 1], text))]),
  );
}

let known: ReturnType<typeof read> | undefined;

/** The steps of a rule on each function. */
export function convergenceOf(rule: string): readonly Convergence[] {
  known ??= read();
  const found = known.get(rule);
  if (!found) throw new Error(`docs/convergence.md: expected a row of ${rule}`);
  return found;
}
