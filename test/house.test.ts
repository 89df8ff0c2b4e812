// The order of the repository: which room imports which, no circles, no dead files, no long files, tests that are easy to find.
import { existsSync, readFileSync } from "node:fs";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { filesIn, findCircle, reachedFrom, readImports } from "./support/imports.js";
import { paragraphsOf, readRooms } from "./support/rooms.js";

const root = new URL("../", import.meta.url);
const source = new URL("src/", root);
const text = (file: string) => readFileSync(new URL(file, root), "utf8");

const imports = readImports(source);
const rooms = readRooms();

/** The room of a file of src/; of index.ts, none. */
const roomOf = (file: string) => (file.includes("/") ? file.split("/")[0] : undefined);

describe("rooms", () => {
  const documented = [
    "assembly",
    "assembly/rules",
    "assembly/ops",
    "assembly/engine",
    "test",
    "scripts",
    ...rooms.map(({ name }) => `src/${name}`),
  ];

  test.each(documented)("%s/README.md says in one sentence what the folder is for", (folder) => {
    const [purpose] = paragraphsOf(new URL(`${folder}/`, root));
    expect(purpose).toMatch(/^[A-Z].*\.$/);
    expect(purpose).not.toContain(". ");
  });

  test("the rooms that a room may import exist, and no way leads back", () => {
    const names = rooms.map(({ name }) => name);
    for (const { name, mayImport } of rooms) for (const other of mayImport) expect(names, `in src/${name}`).toContain(other);
    expect(findCircle(new Map(rooms.map(({ name, mayImport }) => [name, mayImport])))).toBeUndefined();
  });

  test("only index.ts is outside the rooms", () => {
    expect([...imports.keys()].filter((file) => roomOf(file) === undefined)).toEqual(["index.ts"]);
  });
});

test("a file imports only from rooms that its room may import", () => {
  const wrong = [...imports].flatMap(([file, imported]) => {
    const room = rooms.find(({ name }) => name === roomOf(file));
    return imported.flatMap((other) => {
      const to = roomOf(other);
      if (!room || to === room.name || (to !== undefined && room.mayImport.includes(to))) return [];
      return [
        `src/${file} imports src/${other}; src/${room.name}/README.md: may import ${room.mayImport.join(", ") || "nothing"}`,
      ];
    });
  });
  expect(wrong).toEqual([]);
});

test("there is no circle of imports, of types either", () => {
  expect(findCircle(imports)?.join(" → ")).toBeUndefined();
});

test("every file is reached from an entry of the package", () => {
  const { exports } = JSON.parse(text("package.json")) as { exports: Record<string, string | { default: string }> };
  const entries = Object.values(exports).flatMap((entry) => {
    const file = (typeof entry === "string" ? entry : entry.default).replace("./dist/", "");
    return [file, file.replace(/\.js$/, ".ts")].filter((file) => imports.has(file));
  });
  expect(entries).toEqual(expect.arrayContaining(["index.ts", "threads/worker.js"]));
  const reached = reachedFrom(imports, entries);
  expect([...imports.keys()].filter((file) => !reached.has(file))).toEqual([]);
});

test("no declaration has the name of a global of the platform", () => {
  const empty = "empty.ts";
  const host = ts.createCompilerHost({});
  const { getSourceFile } = host;
  host.getSourceFile = (file, ...rest) =>
    file === empty ? ts.createSourceFile(file, "export {};", ts.ScriptTarget.ES2022) : getSourceFile.call(host, file, ...rest);
  const program = ts.createProgram([empty], { lib: ["lib.es2022.d.ts", "lib.dom.d.ts"], types: [] }, host);
  const every = ts.SymbolFlags.Value | ts.SymbolFlags.Type | ts.SymbolFlags.Namespace;
  const symbols = program.getTypeChecker().getSymbolsInScope(program.getSourceFile(empty) as ts.SourceFile, every);
  const globals = new Set(symbols.map(({ name }) => name));
  expect(globals.size).toBeGreaterThan(1000);
  const shadowing = [...imports.keys()].flatMap((file) => {
    const { statements } = ts.createSourceFile(file, readFileSync(new URL(file, source), "utf8"), ts.ScriptTarget.ES2022);
    const names = statements.flatMap((statement) => {
      const declarations = ts.isVariableStatement(statement) ? [...statement.declarationList.declarations] : [statement];
      return declarations.flatMap((declaration) => {
        const { name } = declaration as { name?: ts.Node };
        return name && ts.isIdentifier(name) ? [name.text] : [];
      });
    });
    return names.filter((name) => globals.has(name)).map((name) => `src/${file}: ${name}`);
  });
  expect(shadowing).toEqual([]);
});

describe("length", () => {
  const most = 400;

  /** Longer files, and why each stays in one piece. */
  const long: Record<string, string> = {
    "src/engine/optimizer.ts": "the public class, each member with its documentation",
    "src/minimize/lbfgs.ts": "one algorithm, whose steps share all of its state",
    "src/schedules/schedules.ts": "many short functions, each with its documentation and an example",
    "src/kernels/generated.ts": "written by the build",
    "assembly/lanes.ts": "the vocabulary of all kernels, in one place",
  };

  const lines = (file: string) => text(file).split("\n").length - 1;

  test(`no source file has more than ${most} lines`, () => {
    const files = ["src", "assembly"].flatMap((folder) =>
      filesIn(new URL(`${folder}/`, root), /\.(ts|js|mjs)$/).map((file) => `${folder}/${file}`),
    );
    const found = files.filter((file) => lines(file) > most);
    expect(found.filter((file) => !(file in long))).toEqual([]);
  });

  test.each(Object.keys(long))("%s is still longer", (file) => {
    expect(lines(file)).toBeGreaterThan(most);
  });
});

describe("tests", () => {
  /** Names of tests of more than one file. */
  const shared = ["golden", "engine/everyRule", "rules/rules"];

  const files = filesIn(new URL("test/", root), /\.test\.ts$/);
  const folders = ["index.", "assembly/", "support/", ...rooms.map(({ name }) => `${name}/`)];

  test.each(files.filter((file) => folders.some((folder) => file.startsWith(folder))))(
    "%s is named after what it tests",
    (file) => {
      const [, folder = "", name = ""] = /^(.*\/)?([^/.]+)(\.\w+)?\.test\.ts$/.exec(file) ?? [];
      if (shared.includes(name) || shared.includes(folder + name)) return;
      const base = folder.startsWith("assembly/") ? "" : folder.startsWith("support/") ? "test/" : "src/";
      const tested = ["", ".ts", ".js", ".mjs"].map((ending) => `${base}${folder}${name}${ending}`);
      expect(tested.filter((path) => existsSync(new URL(path, root)))).not.toEqual([]);
    },
  );
});
