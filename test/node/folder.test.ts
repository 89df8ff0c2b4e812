import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import type { Restored, StoreSaveOptions, WithFit } from "../../src/checkpoints/store.js";
import { adam, CheckpointError, save, sgd } from "../../src/index.js";
import { folderWith } from "../../src/node/folder.js";
import { folder } from "../../src/node/index.js";
import { afterPowerLoss, type Disk, failure, MemoryFiles } from "../support/memoryFiles.js";
import { makeTrained, trainTo } from "../support/trained.js";

let fs: MemoryFiles;
beforeEach(() => {
  fs = new MemoryFiles();
});

/** The files of the folder "run". */
const files = (disk: Disk = fs.disk) => [...disk.keys()].map((path) => path.replace("run/", "")).sort();

/** Saves after each of these losses' steps. */
function train(losses: readonly (number | undefined)[], opt = makeTrained(), store = folderWith(fs, "run")) {
  for (const loss of losses) store.save(trainTo(opt, opt.t + 1), loss === undefined ? {} : { loss });
  return { opt, store };
}

/** Changes a file's bytes. */
function damage(name: string, change: (bytes: Uint8Array) => Uint8Array): void {
  const path = `run/${name}`;
  fs = new MemoryFiles(new Map([...fs.disk, [path, change(fs.disk.get(path) as Uint8Array)]]));
}

test("on the disk, in a folder that does not exist yet", () => {
  const parent = mkdtempSync(join(tmpdir(), "simdescent-"));
  const path = join(parent, "a", "b");
  const store = folder(path, { keep: 1 });
  expect(store.list()).toEqual([]);
  expect(store.latest(makeTrained())).toBeUndefined();
  expect(existsSync(path)).toBe(false);
  const opt = trainTo(makeTrained(), 3);
  store.save(opt, { extra: "a", loss: 0.5 });
  expect(store.list()).toEqual([{ file: "step-00000003-loss-0.5.safetensors", t: 3, loss: 0.5 }]);
  const other = makeTrained();
  expect(folder(path).latest(other)).toMatchObject({ t: 3, extra: "a", skipped: [] });
  expect(save(other)).toEqual(save(opt));
  rmSync(parent, { recursive: true });
});

test("new folders above are synchronized, too", () => {
  const parent = mkdtempSync(join(tmpdir(), "simdescent-"));
  const synced: string[] = [];
  const own = new MemoryFiles();
  const path = join(parent, "a", "b");
  own.mkdirSync = () => join(parent, "a") as never;
  own.openSync = (path, flags) => {
    if (flags === "r") synced.push(path);
    return flags === "r" ? 1 : MemoryFiles.prototype.openSync.call(own, path, flags);
  };
  own.fsyncSync = () => {};
  own.closeSync = () => {};
  folderWith(own, path).save(makeTrained());
  expect(synced).toEqual([join(parent, "a"), parent, path]);
  rmSync(parent, { recursive: true });
});

test("the last files stay, and the best", () => {
  const { store, opt } = train([0.5, 0.1, 0.3, undefined, 0.2, Number.NaN]);
  const wanted = ["best-00000002-loss-0.1", "step-00000005-loss-0.2", "step-00000006"].map((name) => `${name}.safetensors`);
  expect(files()).toEqual(wanted);
  expect(store.list().map(({ t }) => t)).toEqual([2, 5, 6]);
  const other = makeTrained();
  expect(store.best(other)).toMatchObject({ t: 2, file: wanted[0], skipped: [] });
  expect(save(other)).toEqual(save(trainTo(makeTrained(), 2)));
  expect(store.latest(other)).toMatchObject({ t: 6, file: wanted[2] });
  expect(save(other)).toEqual(save(opt));
});

test("training that goes back replaces later files, except the best", () => {
  const { store, opt } = train([0.5, 0.4, 0.1, 0.3]);
  expect(files()).toEqual(["step-00000003-loss-0.1.safetensors", "step-00000004-loss-0.3.safetensors"]);
  store.best(opt);
  expect(opt.t).toBe(3);
  const back = trainTo(makeTrained(), 2);
  store.save(back, { loss: 0.4 });
  expect(files()).toEqual(["best-00000003-loss-0.1.safetensors", "step-00000002-loss-0.4.safetensors"]);
  expect(store.latest(opt)?.t).toBe(2);
});

test("a new training in the folder of another one is refused", () => {
  train([0.5, 0.4, 0.1]);
  const before = fs.disk;
  const store = folderWith(fs, "run");
  const opt = makeTrained();
  expect(() => store.save(opt)).toThrow(
    "save: the folder has step-00000003-loss-0.1.safetensors, but t is 0: load it with latest()",
  );
  expect(fs.disk).toEqual(before);
  store.latest(opt);
  train([0.3], opt, store);
  expect(files()).toContain("step-00000004-loss-0.3.safetensors");
});

describe("damaged files", () => {
  beforeEach(() => {
    train([0.3, 0.1, 0.2]);
  });
  const [second, third] = ["step-00000002-loss-0.1.safetensors", "step-00000003-loss-0.2.safetensors"];

  test("a last file of a later version of the format is not damaged: latest throws", () => {
    damage(third, (bytes) =>
      Buffer.from(Buffer.from(bytes).toString("latin1").replace('\\"version\\":1', '\\"version\\":2'), "latin1"),
    );
    const opt = makeTrained();
    const before = save(opt);
    expect(() => folderWith(fs, "run").latest(opt)).toThrow("version of the metadata expected 1, got 2");
    expect(save(opt)).toEqual(before);
  });

  test.each([
    ["empty", () => new Uint8Array()],
    ["cut", (bytes: Uint8Array) => bytes.slice(0, -1)],
    ["of zeros", (bytes: Uint8Array) => new Uint8Array(bytes.length)],
    [
      "with damaged metadata",
      (bytes: Uint8Array) => Buffer.from(Buffer.from(bytes).toString("latin1").replace('{\\"version', '[\\"version'), "latin1"),
    ],
    [
      "with damaged numbers",
      (bytes: Uint8Array) =>
        Buffer.from(Buffer.from(bytes).toString("latin1").replace('\\"steps\\":3', '\\"steps\\":-'), "latin1"),
    ],
  ])("a last file that is %s: latest takes the one before, and says so", (_, change) => {
    damage(third, change);
    const opt = makeTrained();
    const store = folderWith(fs, "run");
    expect(store.latest(opt)).toMatchObject({ t: 2, file: second, skipped: [{ file: third, error: { reason: "format" } }] });
    expect(save(opt)).toEqual(save(trainTo(makeTrained(), 2)));
    expect(fs.openFiles).toBe(0);
    // It goes with the next save.
    train([0.4], opt, store);
    expect(files()).toEqual([second, "step-00000003-loss-0.4.safetensors"]);
  });

  test("best takes the next, and says so", () => {
    damage(second, () => new Uint8Array());
    expect(folderWith(fs, "run").best(makeTrained())).toMatchObject({ t: 3, skipped: [{ file: second }] });
  });

  test("if all are damaged, the error lists all", () => {
    for (const name of [second, third]) damage(name, () => new Uint8Array());
    const opt = makeTrained();
    let found: unknown;
    try {
      folderWith(fs, "run").latest(opt);
    } catch (error) {
      found = error;
    }
    expect(found).toBeInstanceOf(CheckpointError);
    const { reason, details } = found as CheckpointError;
    expect(reason).toBe("format");
    expect(details).toEqual(
      [third, second].map((name) => expect.stringContaining(`latest: ${name}: checkpoint: the file expected`)),
    );
    expect(opt.t).toBe(0);
  });

  test("another optimizer is no reason to take the file before", () => {
    const store = folderWith(fs, "run");
    expect(() => store.latest(sgd({ x: 6, y: [2, 3] }))).toThrow(expect.objectContaining({ reason: "rule" }));
    expect(() => store.latest(adam({ x: 7, y: [2, 3] }, { lr: 0.01 }))).toThrow(expect.objectContaining({ reason: "shapes" }));
    expect(() => store.best(adam({ x: 6, y: [2, 3] }))).toThrow(expect.objectContaining({ reason: "options" }));
    expect(store.latest(adam({ x: 6, y: [2, 3] }), { differences: "keep" })?.differences).toHaveLength(1);
  });

  test("an error of the disk is no reason either", () => {
    fs.before = (call) => {
      if (call === "read") throw failure("EIO");
    };
    expect(() => folderWith(fs, "run").latest(makeTrained())).toThrow(expect.objectContaining({ code: "EIO" }));
    fs.before = (call) => {
      if (call === "list") throw failure("EACCES");
    };
    expect(() => folderWith(fs, "run").latest(makeTrained())).toThrow(expect.objectContaining({ code: "EACCES" }));
  });
});

test("temporary files of killed processes go, other files stay", () => {
  const temporary = "run/step-00000001.safetensors.12-x.tmp";
  const others = ["run/notes.txt", "run/model.safetensors.12-x.tmp", "run/step-1.safetensors"];
  fs = new MemoryFiles(new Map([temporary, ...others].map((path) => [path, new Uint8Array()])));
  train([undefined, undefined, undefined]);
  expect(files()).toEqual(
    [
      ...files(new Map(others.map((path) => [path, new Uint8Array()]))),
      "step-00000002.safetensors",
      "step-00000003.safetensors",
    ].sort(),
  );
});

test("the state of fit passes through, unseen by types", () => {
  const store = folderWith(fs, "run");
  const opt = makeTrained();
  store.save(opt);
  expect(Object.keys(store.latest(opt) as Restored)).not.toContain("fit");
  store.save(opt, { extra: 1, fit: { epoch: 3 } } as StoreSaveOptions & WithFit);
  expect(store.latest(opt)).toMatchObject({ extra: 1, fit: { epoch: 3 } });
});

test("wrong arguments are refused, before any file is touched", () => {
  expect(() => folder("")).toThrow(/^folder: path expected a text/);
  expect(() => folder("run", { keep: 0 })).toThrow("folder: keep expected an integer of at least 1, got 0");
  expect(() => folder("run", { best: 1.5 })).toThrow("folder: best expected an integer of at least 0, got 1.5");
  expect(() => folder("run", { last: 1 } as never)).toThrow(/unknown option "last"/);
  fs.before = (call) => {
    throw new Error(call);
  };
  const store = folderWith(fs, "run");
  expect(() => store.save({} as never)).toThrow(/^save: optimizer expected/);
  expect(() => store.save(makeTrained(), { loss: "1" as never })).toThrow(/^save: loss expected a number, got "1"/);
  expect(() => store.save(makeTrained(), { only: "params" } as never)).toThrow(/unknown option "only"/);
  expect(() => store.save(makeTrained(), { extra: Number.NaN })).toThrow(/^save: extra/);
  expect(() => store.latest({} as never)).toThrow(/^latest: optimizer expected/);
});

describe("errors and loss of power", () => {
  const losses = [0.3, 0.1, 0.4, 0.5];
  const bytes = [0, 1, 2, 3, 4, 5].map((t) => save(trainTo(makeTrained(), t)));

  /** What a folder has after the steps 1 to 4: the step of latest, and that of best. Both must have the bits of their steps. */
  function check(disk: Disk) {
    const opt = makeTrained();
    const store = folderWith(new MemoryFiles(disk), "run");
    const look = (load: "latest" | "best") => {
      const restored = store[load](opt);
      if (!restored) return 0;
      expect(restored.skipped).toEqual([]);
      expect(save(opt)).toEqual(bytes[restored.t]);
      return restored.t;
    };
    return { latest: look("latest"), best: look("best") };
  }

  test("whatever call fails, the last step and the best one are there", () => {
    train(losses);
    const before = fs.disk;
    const calls: string[] = [];
    fs.before = (call) => calls.push(call);
    const { opt } = { opt: trainTo(makeTrained(), 4) };
    const store = folderWith(fs, "run");
    store.latest(opt);
    const from = calls.length;
    store.save(trainTo(opt, 5), { loss: 0.6 });
    expect(calls.slice(from)).toEqual(expect.arrayContaining(["mkdir", "rename", "unlink", "syncNames"]));
    for (let i = from; i < calls.length; i++) {
      fs = new MemoryFiles(before);
      let count = 0;
      fs.before = () => {
        if (count++ === i) throw failure("EIO");
      };
      const again = folderWith(fs, "run");
      const other = makeTrained();
      again.latest(other);
      expect(() => again.save(trainTo(other, 5), { loss: 0.6 })).toThrow(expect.objectContaining({ code: "EIO" }));
      expect(files().filter((name) => name.endsWith(".tmp"))).toEqual([]);
      const { latest, best } = check(fs.disk);
      expect(latest).toBe(i - from > calls.slice(from).indexOf("rename") ? 5 : 4);
      expect(best).toBe(2);
      // The next save finishes what was left.
      fs.before = () => {};
      again.save(other, { loss: 0.6 });
      expect(files()).toHaveLength(3);
    }
  });

  /** The worst that a loss of power may do at each moment: the steps that it takes, and whether it takes the best. */
  function lose(losses: readonly number[], without?: "sync") {
    const done: number[] = []; // operations after each save
    const opt = makeTrained();
    const store = folderWith(fs, "run");
    for (const loss of losses) {
      store.save(trainTo(opt, opt.t + 1), { loss });
      done.push(fs.log.length);
    }
    const found = { states: 0, damaged: 0, behind: 0, notBest: 0 };
    const seen = new Set<string>();
    for (let end = 0; end <= fs.log.length; end++) {
      const saved = done.filter((length) => length <= end).length;
      const log = fs.log.slice(0, end).filter(({ kind }) => kind !== without);
      for (const disk of afterPowerLoss(new Map(), log)) {
        const parts = [...disk].map(([path, data]) => `${path}:${createHash("sha1").update(data).digest("hex")}`);
        const state = `${saved},${parts.sort()}`;
        if (seen.has(state)) continue;
        seen.add(state);
        found.states++;
        try {
          const { latest, best } = check(disk);
          if (latest < saved) found.behind++;
          if (saved >= 2 && best !== 2) found.notBest++;
        } catch {
          found.damaged++;
        }
      }
    }
    return found;
  }

  test("every save that returned is there, and the best one", () => {
    const found = lose([0.3, 0.1, 0.4, 0.5]);
    expect(found).toMatchObject({ damaged: 0, behind: 0, notBest: 0 });
    expect(found.states).toBeGreaterThan(100);
  });

  test("without fsync of the files some are damaged", () => {
    expect(lose([0.3, 0.1], "sync").damaged).toBeGreaterThan(0);
  });

  test("without fsync of the folder some are gone", () => {
    fs = new MemoryFiles();
    const store = folderWith(fs, "run");
    store.save(trainTo(makeTrained(), 1));
    const log = fs.log.filter(({ kind }) => kind !== "syncNames");
    expect([...afterPowerLoss(new Map(), log)].some((disk) => check(disk).latest === 0)).toBe(true);
  });
});
