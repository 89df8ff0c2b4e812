// An editor with one open file that imports the built package: TypeScript's language service.

import { fileURLToPath } from "node:url";
import ts from "typescript";

const file = fileURLToPath(new URL("../opened.ts", import.meta.url)); // not on disk

const options: ts.CompilerOptions = {
  strict: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
  types: ["node"],
};

/** What an editor shows where the pointer is. */
export interface Shown {
  readonly type: string;
  /** The comment, without its tags. */
  readonly text: string;
}

export class Editor {
  #text = "";
  #version = 0;
  readonly #service = ts.createLanguageService({
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    getCompilationSettings: () => options,
    getScriptFileNames: () => [file],
    getScriptVersion: (name) => (name === file ? `${this.#version}` : "0"),
    getScriptSnapshot: (name) => {
      const text = name === file ? this.#text : ts.sys.readFile(name);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => fileURLToPath(new URL("../..", import.meta.url)),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
  });

  /** Opens a file with this text in place of the last one. */
  open(text: string): void {
    this.#text = text;
    this.#version += 1;
  }

  get checker(): ts.TypeChecker {
    return (this.#service.getProgram() as ts.Program).getTypeChecker();
  }

  get source(): ts.SourceFile {
    return this.#service.getProgram()?.getSourceFile(file) as ts.SourceFile;
  }

  /** The errors in the file, in words. */
  get errors(): string[] {
    const found = [...this.#service.getSyntacticDiagnostics(file), ...this.#service.getSemanticDiagnostics(file)];
    return found.map(({ messageText, start = 0 }) => {
      const line = this.#text.slice(0, start).split("\n").length;
      return `line ${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
  }

  /** What the editor shows at a position of the text. */
  hover(position: number): Shown {
    const info = this.#service.getQuickInfoAtPosition(file, position);
    return { type: ts.displayPartsToString(info?.displayParts), text: ts.displayPartsToString(info?.documentation) };
  }
}
