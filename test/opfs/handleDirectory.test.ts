// Handles of OPFS in memory, with and without what some engines lack. npm run test:browser has those of engines.
import { describe, expect, test } from "vitest";
import { save } from "../../src/index.js";
import { handleDirectory } from "../../src/opfs/handleDirectory.js";
import type { AccessHandle, FileHandle, FolderHandle } from "../../src/opfs/handles.js";
import { folder } from "../../src/opfs/index.js";
import { makeTrained, trainTo } from "../support/trained.js";

interface Engine {
  /** Access handles, as in workers. */
  readonly access: boolean;
  readonly move: boolean;
  readonly writable: boolean;
  /** The most bytes of a file. */
  readonly quota?: number;
}

/** A folder of the files in a map. */
function memoryFolder(
  files: Map<string, Uint8Array<ArrayBuffer>>,
  { access, move, writable, quota = Infinity }: Engine,
): FolderHandle {
  const find = (name: string) => {
    const data = files.get(name);
    if (!data) throw new DOMException(name, "NotFoundError");
    return data;
  };
  const accessTo = (name: string): AccessHandle => ({
    getSize: () => find(name).length,
    // At most 100 bytes a call.
    read(into, { at }) {
      const part = find(name).subarray(at, at + Math.min(into.length, 100));
      into.set(part);
      return part.length;
    },
    write(bytes, { at }) {
      const part = bytes.subarray(0, Math.min(100, quota - at));
      const grown = new Uint8Array(Math.max(find(name).length, at + part.length));
      grown.set(find(name));
      grown.set(part, at);
      files.set(name, grown);
      return part.length;
    },
    flush() {},
    close() {},
  });
  const writableTo = (name: string) => {
    let written: Blob | undefined;
    return {
      async write(data: Blob) {
        if (data.size > quota) throw new DOMException("full", "QuotaExceededError");
        written = data;
      },
      close: async () => void files.set(name, new Uint8Array(await (written as Blob).arrayBuffer())),
      abort: async () => {},
    };
  };
  const fileOf = (name: string): FileHandle => ({
    getFile: async () => new Blob([find(name)]),
    ...(access ? { createSyncAccessHandle: async () => accessTo(name) } : {}),
    ...(writable ? { createWritable: async () => writableTo(name) } : {}),
    ...(move
      ? {
          async move(_: FolderHandle, to: string) {
            files.set(to, find(name));
            files.delete(name);
          },
        }
      : {}),
  });
  return {
    async *keys() {
      yield* files.keys();
    },
    getDirectoryHandle: async () => memoryFolder(files, { access, move, writable, quota }),
    async getFileHandle(name, { create } = { create: false }) {
      if (create && !files.has(name)) files.set(name, new Uint8Array());
      find(name);
      return fileOf(name);
    },
    async removeEntry(name) {
      find(name);
      files.delete(name);
    },
  };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const fill = (text: string) => (write: (piece: Uint8Array) => void) => {
  const all = bytes(text);
  write(all.subarray(0, 3));
  write(all.subarray(3));
};

const engines: readonly Engine[] = [true, false].flatMap((access) =>
  [true, false].map((move) => ({ access, move, writable: true })),
);

describe.each([...engines, { access: true, move: true, writable: false }])("%o", (engine) => {
  const long = "long ".repeat(100);

  test("files are written, read, replaced, renamed and removed", async () => {
    const files = new Map([["other", bytes("other")]]);
    const directory = handleDirectory(memoryFolder(files, engine));
    for (const text of ["old and long", long, "new"]) {
      await directory.write("a", fill(text));
      expect(await directory.names()).toEqual(["other", "a"]);
      const read = await directory.read("a", (source) => {
        const into = new Uint8Array(source.size - 1);
        source.read(into, 1);
        return new TextDecoder().decode(into);
      });
      expect(read).toBe(text.slice(1));
    }
    await directory.rename("a", "other");
    expect(files).toEqual(new Map([["other", bytes("new")]]));
    await directory.remove("other");
    await directory.remove("other");
    expect(files.size).toBe(0);
    await expect(directory.read("a", () => 0)).rejects.toThrow(expect.objectContaining({ name: "NotFoundError" }));
  });

  test("at an error the old file stays, and no other is left", async () => {
    const files = new Map([["a", bytes("old")]]);
    const full = handleDirectory(memoryFolder(files, { ...engine, quota: 300 }));
    await expect(full.write("a", fill(long))).rejects.toThrow(/full|no more bytes/);
    const broken = () => {
      throw new Error("broken");
    };
    await expect(full.write("a", broken)).rejects.toThrow("broken");
    expect(files).toEqual(new Map([["a", bytes("old")]]));
  });

  test("a page copies the bytes, also of shared memory, before it waits", async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(4));
    const files = new Map<string, Uint8Array<ArrayBuffer>>();
    const written = handleDirectory(memoryFolder(files, engine)).write("a", (write) => {
      shared.fill(5);
      write(shared);
      queueMicrotask(() => shared.fill(6));
    });
    await written;
    expect([...(files.get("a") ?? [])]).toEqual([5, 5, 5, 5]);
  });
});

test("a page of an engine without createWritable() is refused", async () => {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const directory = handleDirectory(memoryFolder(files, { access: false, move: true, writable: false }));
  await expect(directory.write("a", fill("new"))).rejects.toThrow("save: this browser writes files of OPFS only in workers");
  expect(files.size).toBe(0);
});

describe("folder", () => {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const navigator = { storage: { getDirectory: async () => memoryFolder(files, engines[0] as Engine) } };
  const within = async (run: () => Promise<void>) => {
    const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
    Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
    try {
      await run();
    } finally {
      if (before) Object.defineProperty(globalThis, "navigator", before);
      else delete (globalThis as { navigator?: unknown }).navigator;
    }
  };

  test("saves, and falls back from a damaged file", () =>
    within(async () => {
      const store = await folder("run", { keep: 2, best: 1 });
      const opt = makeTrained();
      expect(await store.latest(opt)).toBeUndefined();
      for (const loss of [0.1, 0.3, 0.2]) await store.save(trainTo(opt, opt.t + 1), { loss });
      expect((await store.list()).map(({ t }) => t)).toEqual([1, 2, 3]);
      files.set("step-00000003-loss-0.2.safetensors", new Uint8Array(5));
      const other = makeTrained();
      expect(await store.latest(other)).toMatchObject({ t: 2, skipped: [{ file: "step-00000003-loss-0.2.safetensors" }] });
      expect(save(other)).toEqual(save(trainTo(makeTrained(), 2)));
      expect(await store.best(other)).toMatchObject({ t: 1, file: "best-00000001-loss-0.1.safetensors" });
    }));

  test("a step before save is awaited is refused: the file would have another step than its name", () =>
    within(async () => {
      const store = await folder("run");
      const opt = makeTrained();
      await store.latest(opt);
      const before = new Map(files);
      const saved = store.save(opt);
      trainTo(opt, opt.t + 1);
      await expect(saved).rejects.toThrow(/^save: t changed from 2 to 3 .* await save\(\)$/);
      expect(files).toEqual(before);
    }));

  test("where there is no OPFS, and for wrong arguments, it throws", async () => {
    await expect(folder("run")).rejects.toThrow("folder: expected a browser with OPFS");
    await expect(folder(3 as never)).rejects.toThrow(/^folder: name expected a text/);
    await within(() => expect(folder("run", { keep: 0 })).rejects.toThrow("folder: keep expected an integer of at least 1"));
  });
});
