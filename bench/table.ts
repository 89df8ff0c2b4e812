// Tables in Markdown.

/** A table. `align` has a letter for each column, l, c or r; the last one applies to all further columns. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], align: string): string {
  const rules = head.map((_, i) => ({ l: "---", c: ":-:", r: "--:" })[align[Math.min(i, align.length - 1)] as "l" | "c" | "r"]);
  return [head, rules, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
