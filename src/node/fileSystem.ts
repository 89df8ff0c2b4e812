/** The functions of `node:fs` that checkpoints need. Tests give others, which fail on purpose. @internal */
export interface NodeFiles {
  openSync(path: string, flags: "wx" | "r"): number;
  writeSync(fd: number, bytes: Uint8Array, from: number, length: number): number;
  readSync(fd: number, bytes: Uint8Array, from: number, length: number, position: number): number;
  fstatSync(fd: number): { readonly size: number };
  fsyncSync(fd: number): void;
  closeSync(fd: number): void;
  renameSync(from: string, to: string): void;
  unlinkSync(path: string): void;
  readdirSync(path: string): string[];
  mkdirSync(path: string, options: { recursive: true }): string | undefined;
}

/** The functions of `node:path` that checkpoints need. */
interface NodePaths {
  join(...parts: string[]): string;
  resolve(path: string): string;
  dirname(path: string): string;
  basename(path: string): string;
}

interface NodeProcess {
  readonly pid: number;
  getBuiltinModule(name: "node:fs"): NodeFiles;
  getBuiltinModule(name: "node:path"): NodePaths;
}

/** @throws Error on engines without `process.getBuiltinModule`. */
function node(): NodeProcess {
  const { process } = globalThis as { process?: Partial<NodeProcess> };
  if (!process?.getBuiltinModule) throw new Error("simdescent/node expected Node 20.16 or newer, Bun or Deno");
  return process as NodeProcess;
}

/** @internal */
export const nodeFiles = () => node().getBuiltinModule("node:fs");
/** @internal */
export const nodePaths = () => node().getBuiltinModule("node:path");
/** @internal */
export const processId = () => node().pid;

/** The code of an error of Node, such as "ENOENT". @internal */
export const codeOf = (error: unknown) => (error as { code?: unknown } | undefined)?.code;
