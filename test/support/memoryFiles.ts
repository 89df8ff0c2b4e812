// A file system in memory, which records its operations and fails on purpose; and the states that a loss of power may leave.
import { dirname } from "node:path";
import type { NodeFiles } from "../../src/node/fileSystem.js";

interface Inode {
  data: Uint8Array;
}

/** What changes the disk. `sync` brings the data of a file to the disk, `syncNames` all names. */
type Operation =
  | { readonly kind: "name"; readonly path: string; readonly inode: Inode }
  | { readonly kind: "rename"; readonly from: string; readonly to: string; readonly inode: Inode }
  | { readonly kind: "unlink"; readonly path: string }
  | { readonly kind: "write"; readonly inode: Inode; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "sync"; readonly inode: Inode }
  | { readonly kind: "syncNames" };

/** The files of a disk by path. */
export type Disk = ReadonlyMap<string, Uint8Array>;

export const failure = (code: string) => Object.assign(new Error(code), { code });

/** Writes bytes over others, with zeros in a gap. */
function overwrite(data: Uint8Array, at: number, bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(Math.max(data.length, at + bytes.length));
  result.set(data);
  result.set(bytes, at);
  return result;
}

export class MemoryFiles implements NodeFiles {
  readonly log: Operation[] = [];
  /** Is called before each call with its name, and the path if there is one. Throws to make the call fail. */
  before: (call: string, path?: string) => void = () => {};
  /** The most bytes that one write takes. */
  most = Infinity;
  readonly #names = new Map<string, Inode>();
  readonly #open = new Map<number, { readonly path: string; readonly inode: Inode | undefined; at: number }>();
  #next = 3;

  constructor(disk: Disk = new Map()) {
    for (const [path, data] of disk) this.#names.set(path, { data });
  }

  get disk(): Disk {
    return new Map([...this.#names].map(([path, { data }]) => [path, data]));
  }

  get openFiles(): number {
    return this.#open.size;
  }

  #find(path: string): Inode {
    const inode = this.#names.get(path);
    if (!inode) throw failure("ENOENT");
    return inode;
  }

  #file(fd: number) {
    const file = this.#open.get(fd);
    if (!file) throw failure("EBADF");
    return file;
  }

  openSync(path: string, flags: "wx" | "r"): number {
    this.before("open", path);
    let inode: Inode | undefined;
    if (flags === "wx") {
      if (this.#names.has(path)) throw failure("EEXIST");
      inode = { data: new Uint8Array() };
      this.#names.set(path, inode);
      this.log.push({ kind: "name", path, inode });
    } else if ([...this.#names.keys()].some((name) => dirname(name) === path)) {
      inode = undefined; // a folder
    } else inode = this.#find(path);
    this.#open.set(this.#next, { path, inode, at: 0 });
    return this.#next++;
  }

  writeSync(fd: number, bytes: Uint8Array, from: number, length: number): number {
    this.before("write");
    const file = this.#file(fd);
    const inode = file.inode as Inode;
    const written = bytes.slice(from, from + Math.min(length, this.most));
    this.log.push({ kind: "write", inode, at: file.at, bytes: written });
    inode.data = overwrite(inode.data, file.at, written);
    file.at += written.length;
    return written.length;
  }

  readSync(fd: number, bytes: Uint8Array, from: number, length: number, position: number): number {
    this.before("read");
    const part = (this.#file(fd).inode as Inode).data.subarray(position, position + Math.min(length, this.most));
    bytes.set(part, from);
    return part.length;
  }

  fstatSync(fd: number) {
    this.before("stat");
    return { size: (this.#file(fd).inode as Inode).data.length };
  }

  fsyncSync(fd: number): void {
    const { path, inode } = this.#file(fd);
    this.before(inode ? "sync" : "syncNames", path);
    this.log.push(inode ? { kind: "sync", inode } : { kind: "syncNames" });
  }

  /** Closes also if it fails, as Linux does. */
  closeSync(fd: number): void {
    this.#file(fd);
    this.#open.delete(fd);
    this.before("close");
  }

  renameSync(from: string, to: string): void {
    this.before("rename", to);
    const inode = this.#find(from);
    this.#names.delete(from);
    this.#names.set(to, inode);
    this.log.push({ kind: "rename", from, to, inode });
  }

  unlinkSync(path: string): void {
    this.before("unlink", path);
    this.#find(path);
    this.#names.delete(path);
    this.log.push({ kind: "unlink", path });
  }

  readdirSync(path: string): string[] {
    this.before("list", path);
    return [...this.#names.keys()].filter((name) => dirname(name) === path).map((name) => name.slice(path.length + 1));
  }

  mkdirSync(): undefined {
    this.before("mkdir");
  }
}

/** What may be left of a file of which `writes` were not brought to the disk: none, all, one of them lost, zero or cut. */
function* remains(synced: Uint8Array, writes: readonly { readonly at: number; readonly bytes: Uint8Array }[]) {
  const put = (change: (bytes: Uint8Array, i: number) => Uint8Array | undefined) =>
    writes.reduce((data, { at, bytes }, i) => {
      const kept = change(bytes, i);
      return kept ? overwrite(data, at, kept) : data;
    }, synced);
  yield put((bytes) => bytes);
  if (writes.length === 0) return;
  yield synced;
  yield put((bytes) => new Uint8Array(bytes.length));
  for (let one = 0; one < writes.length; one++) {
    yield put((bytes, i) => (i === one ? undefined : bytes));
    yield put((bytes, i) => (i === one ? new Uint8Array(bytes.length) : bytes));
    yield put((bytes, i) => (i > one ? undefined : i < one ? bytes : bytes.subarray(0, bytes.length / 2)));
  }
}

/**
 * The disks that a loss of power may leave after these operations. Each change of a name that no fsync of the folder followed may be lost,
 * alone or with others. Each write that no fsync of the file followed may be lost, zero or cut.
 */
export function* afterPowerLoss(before: Disk, log: readonly Operation[]): Generator<Disk> {
  const lastSync = log.map(({ kind }) => kind).lastIndexOf("syncNames");
  const changes = log.flatMap((operation, i) =>
    operation.kind === "name" || operation.kind === "rename" || operation.kind === "unlink" ? [{ operation, i }] : [],
  );
  const unsure = changes.filter(({ i }) => i > lastSync);
  for (let lost = 0; lost < 2 ** unsure.length; lost++) {
    const names = new Map<string, Inode>([...before].map(([path, data]) => [path, { data }]));
    for (const { operation, i } of changes) {
      const place = unsure.findIndex((change) => change.i === i);
      if (place >= 0 && (lost >> place) & 1) continue;
      if (operation.kind === "name") names.set(operation.path, operation.inode);
      else if (operation.kind === "unlink") names.delete(operation.path);
      else {
        names.delete(operation.from);
        names.set(operation.to, operation.inode);
      }
    }
    // One file at a time is not whole: the others are as written.
    const contents = [...new Set(names.values())].map((inode) => {
      const writes = log.flatMap((operation, i) =>
        operation.kind === "write" && operation.inode === inode ? [{ ...operation, i }] : [],
      );
      const last = log.map((operation) => operation.kind === "sync" && operation.inode === inode).lastIndexOf(true);
      const start = log.some((o) => o.kind === "name" && o.inode === inode) ? new Uint8Array() : inode.data;
      const synced = writes.filter(({ i }) => i < last).reduce((data, { at, bytes }) => overwrite(data, at, bytes), start);
      return {
        inode,
        states: [
          ...remains(
            synced,
            writes.filter(({ i }) => i > last),
          ),
        ],
      };
    });
    for (const { inode, states } of contents) {
      for (const state of states) {
        const data = (other: Inode) =>
          other === inode ? state : (contents.find((content) => content.inode === other)?.states[0] as Uint8Array);
        yield new Map([...names].map(([path, other]) => [path, data(other)]));
      }
    }
    if (contents.length === 0) yield new Map();
  }
}
