import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";
import { apiReport, currentApi } from "../scripts/api.js";

test("docs/api.txt has the public declarations", () => {
  const wanted = "The public API has changed. If that is wanted: npm run api, and a line in CHANGELOG.md";
  expect(currentApi(), wanted).toBe(apiReport());
});

test("the report follows names to types without an export, and leaves out what is private", () => {
  const report = apiReport();
  const lines = report.split("\n");
  for (const entry of [
    "simdescent",
    "simdescent/mpi",
    "simdescent/node",
    "simdescent/opfs",
    "simdescent/optax",
    "simdescent/testing",
    "simdescent/tfjs",
  ])
    expect(lines).toContain(`## ${entry}`);
  const names = [
    "class Optimizer<",
    "const adam: Rule<",
    "const adam: TfjsRule<",
    "interface FitOptions ",
    "interface TwoPhase<",
  ];
  for (const name of names) expect(lines.filter((line) => line.startsWith(name))).toHaveLength(1);
  expect(report).not.toMatch(/\n {2}(#|private )|import\(|\/\*\*/);
});

test("the declarations of all entries compile, the library's own included", () => {
  const entries = [
    "index",
    "adapters/optax",
    "adapters/tfjs/index",
    "testing/index",
    "mpi/index",
    "node/index",
    "opfs/index",
  ].map((entry) => fileURLToPath(new URL(`../dist/${entry}.d.ts`, import.meta.url)));
  const program = ts.createProgram(entries, {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
    types: [],
    strict: true,
    noEmit: true,
  });
  // Those of TensorFlow.js are not ours.
  const ours = ts.getPreEmitDiagnostics(program).filter(({ file }) => !file?.fileName.includes("node_modules"));
  expect(ours.map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`)).toEqual(
    [],
  );
});
