// Draws docs/architecture.svg, the rooms of src/ and their imports, and makes the table of rooms: npm run architecture
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { filesIn } from "../test/support/imports.js";
import { readRooms } from "../test/support/rooms.js";
import { background, blue, darkMode, faint, grey as greys, ink } from "./darkMode.js";

const source = new URL("../src/", import.meta.url);
const file = new URL("../docs/architecture.svg", import.meta.url);

export const drawing = () => readFileSync(file, "utf8");

/** The rooms, each after those that it may import. */
function inOrder() {
  const rooms = readRooms();
  const level = (name: string): number => {
    const { mayImport = [] } = rooms.find((room) => room.name === name) ?? {};
    return Math.max(0, ...mayImport.map((other) => 1 + level(other)));
  };
  return rooms.sort((a, b) => level(a.name) - level(b.name) || (a.name < b.name ? -1 : 1));
}

/** The table of ARCHITECTURE.md. */
export function roomTable(): string {
  const rows = inOrder().map(({ name, purpose, mayImport }) => {
    return `| [${name}](src/${name}) | ${purpose} | ${mayImport.join(", ") || "nothing"} |`;
  });
  return ["| room | purpose | may import |", "|---|---|---|", ...rows].join("\n");
}

const entry = "index.ts";
const roomOf = (path: string) => (path.includes("/") ? (path.split("/")[0] as string) : entry);

/** What a statement imports, if only types: `import type { … }`, or `import { type … }` alone. */
const isOfTypes = (what: string) =>
  what.startsWith("type ") ||
  (/^\{.*\}$/s.test(what) &&
    what
      .slice(1, -1)
      .match(/\w[^,]*/g)
      ?.every((name) => name.startsWith("type ")));

/** Whether a room imports another one: values, or types alone. The key is "from to". */
function readImports(): ReadonlyMap<string, "values" | "types"> {
  const found = new Map<string, "values" | "types">();
  for (const path of filesIn(source, /\.[jt]s$/)) {
    const address = new URL(path, source);
    for (const [, what = "", imported = ""] of readFileSync(address, "utf8").matchAll(
      /^(?:import|export) ([^;"]*?) from "(\.[^"]+)"/gm,
    )) {
      const key = `${roomOf(path)} ${roomOf(new URL(imported, address).href.slice(source.href.length))}`;
      if (found.get(key) !== "values") found.set(key, isOfTypes(what) ? "types" : "values");
    }
  }
  return found;
}

const cell = 40;
const edge = 24;
const grey = greys[0];

/** The drawing: a row for each room, a column for each room that others import. */
export function draw(): string {
  const imports = readImports();
  const rooms = inOrder();
  const rows = [...rooms, { name: entry, mayImport: rooms.map(({ name }) => name) }];
  const bottom = edge + cell * rows.length;
  const middle = (i: number) => edge + cell * (i + 0.5);

  const circle = (x: number, y: number, what: "values" | "types" | undefined) => {
    const [radius, fill, stroke] =
      what === undefined ? [2.5, grey, "none"] : [9, what === "values" ? blue[0] : background[0], blue[0]];
    return `<circle cx="${x}" cy="${y}" r="${radius}" fill="${fill}" stroke="${stroke}" stroke-width="2"/>`;
  };
  const lines = rows.flatMap((_, i) => {
    const column = i < rows.length - 1 ? `M${middle(i)},${middle(i) + 12}V${bottom}` : "";
    return `<path d="M${edge},${middle(i)}H${middle(i) - 8}${column}" stroke="${faint[0]}"/>`;
  });
  const circles = rows.flatMap(({ name, mayImport }, i) =>
    rows.flatMap((column, j) => {
      const what = imports.get(`${name} ${column.name}`);
      return i !== j && (what || mayImport.includes(column.name)) ? [circle(middle(j), middle(i), what)] : [];
    }),
  );
  const names = rows.map(
    ({ name }, i) =>
      `<text x="${middle(i)}" y="${middle(i) + 5}" font-size="15" font-weight="600" fill="${ink[0]}">${name}</text>`,
  );
  const key = (["values", "types", undefined] as const).map((what, i) => {
    const meaning = ["imports values", "imports types alone", "may import, and does not"][i];
    const y = edge + 16 + 28 * i;
    const x = cell * rows.length - 80;
    return `${circle(x, y, what)}<text x="${x + 18}" y="${y + 4.5}" fill="${grey}">${meaning}</text>`;
  });
  const width = edge + cell * rows.length + 100;
  const height = bottom + edge;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="rooms" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
      `font-family="Inter, 'Helvetica Neue', Arial, sans-serif" font-size="13">`,
    "<title>The rooms of src/: a circle where the room of the row imports the room of the column</title>",
    darkMode(".rooms", [blue, faint, greys]),
    ...lines,
    ...circles,
    ...names,
    ...key,
    "</svg>\n",
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(file, draw());
