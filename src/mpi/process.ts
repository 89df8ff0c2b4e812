// What this room needs of Node, Bun and Deno.

interface FileFunctions {
  existsSync(path: string): boolean;
  readFileSync(path: URL, encoding: "utf8"): string;
  writeSync(fd: number, text: string): number;
}

interface NodeWorker {
  on(event: string, listener: (detail: unknown) => void): void;
  unref(): void;
}

interface ThreadFunctions {
  readonly isMainThread: boolean;
  readonly Worker: new (url: URL, options: { execArgv: string[]; workerData: unknown }) => NodeWorker;
}

/** Variables of the environment. */
export interface Environment {
  [name: string]: string | undefined;
}

interface NodeProcess {
  readonly env: Environment; // setting one sets it for libraries of C, too
  readonly platform: string;
  exitCode?: unknown;
  on(event: "exit", listener: (code: number) => void): void;
  on(event: "uncaughtExceptionMonitor", listener: (error: unknown) => void): void;
  off(event: "exit" | "uncaughtExceptionMonitor", listener: (what: never) => void): void;
  getBuiltinModule(name: "node:fs"): FileFunctions;
  getBuiltinModule(name: "node:module"): { createRequire(from: string): (name: "koffi") => unknown };
  getBuiltinModule(name: "node:util"): { inspect(value: unknown): string };
  getBuiltinModule(name: "node:path"): { join(...parts: string[]): string; readonly delimiter: string };
  getBuiltinModule(name: "node:worker_threads"): ThreadFunctions;
}

/** @throws Error on engines without `process.getBuiltinModule`. */
export function node(): NodeProcess {
  const { process } = globalThis as unknown as { process?: Partial<NodeProcess> };
  if (!process?.getBuiltinModule) throw new Error("mpi expected Node 20.16 or newer, Bun or Deno");
  return process as NodeProcess;
}

/** The text that Node prints for an error. */
export const inspected = (error: unknown) => node().getBuiltinModule("node:util").inspect(error);

/** Writes a line to the standard error at once, also when the process is about to end. */
export function say(line: string): void {
  try {
    node().getBuiltinModule("node:fs").writeSync(2, `${line}\n`);
  } catch {} // a pipe that nobody reads any more
}
