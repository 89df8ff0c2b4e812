// A folded table of numbers below a chart or canvas.

/** The most rows shown: of longer data, rows at equal distances. */
const mostRows = 51;

/** A folded table. `of` says what it has the numbers of. `fill` is called when it opens. */
export function makeTable(title: string, fill: () => void, of = ""): HTMLDetailsElement {
  const details = document.createElement("details");
  details.className = "pg-table";
  const summary = document.createElement("summary");
  summary.textContent = title;
  const scroll = document.createElement("div");
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", of ? `${title}: ${of}` : title);
  scroll.append(document.createElement("table"));
  details.append(summary, scroll);
  details.addEventListener("toggle", () => {
    if (details.open) fill();
  });
  return details;
}

function cell(kind: "th" | "td", text: string, scope?: "col" | "row"): HTMLTableCellElement {
  const element = document.createElement(kind);
  element.textContent = text;
  if (scope) element.scope = scope;
  return element;
}

/** Fills the table with a head and `rows` rows. The first column has the heads of the rows. */
export function fillTable(
  details: HTMLDetailsElement,
  head: readonly string[],
  rows: number,
  text: (row: number, column: number) => string,
): void {
  const count = Math.min(rows, mostRows);
  const shown = Array.from({ length: count }, (_, i) => (count < rows ? Math.round((i * (rows - 1)) / (count - 1)) : i));
  const lines = [head, ...shown.map((row) => head.map((_, column) => text(row, column)))].map((texts, i) => {
    const tr = document.createElement("tr");
    tr.append(
      ...texts.map((t, column) => (i === 0 ? cell("th", t, "col") : column === 0 ? cell("th", t, "row") : cell("td", t))),
    );
    return tr;
  });
  const thead = document.createElement("thead");
  const tbody = document.createElement("tbody");
  thead.append(lines[0]);
  tbody.append(...lines.slice(1));
  details.querySelector("table")?.replaceChildren(thead, tbody);
}
