import { closeSync, ftruncateSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { CheckpointError, lbfgs, load, save, sgd, threads } from "../../src/index.js";
import { loadFile, saveFile } from "../../src/node/index.js";
import { loadFileWith, saveFileWith } from "../../src/node/saveFile.js";
import { afterPowerLoss, failure, MemoryFiles } from "../support/memoryFiles.js";
import { makeTrained, trainTo } from "../support/trained.js";

const folder = mkdtempSync(join(tmpdir(), "simdescent-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "a.safetensors");

describe("on the disk", () => {
  test("a file has the bytes of save, and loads", () => {
    const opt = trainTo(makeTrained(), 3);
    saveFile(path, opt, { extra: [1] });
    expect(readFileSync(path)).toEqual(Buffer.from(save(opt, { extra: [1] })));
    const other = makeTrained();
    expect(loadFile(path, other)).toMatchObject({ t: 3, extra: [1] });
    expect(save(trainTo(other, 9))).toEqual(save(trainTo(opt, 9)));
    saveFile(path, opt, { sync: false, only: "params" });
    expect(readFileSync(path)).toEqual(Buffer.from(save(opt, { only: "params" })));
    expect(readdirSync(folder)).toEqual(["a.safetensors"]);
  });

  test("optimizers with threads and L-BFGS, too", async () => {
    const pool = await threads(2);
    const opt = sgd({ x: 40_000 }, { threads: pool });
    saveFile(path, opt);
    expect(readFileSync(path)).toEqual(Buffer.from(save(opt)));
    loadFile(path, opt);
    const other = lbfgs({ x: 3 });
    saveFile(path, other);
    expect(loadFile(path, lbfgs({ x: 3 })).t).toBe(0);
    pool.close();
  });

  test.skipIf(process.platform === "win32")("everybody may read the file whom the umask allows", () => {
    rmSync(path, { force: true });
    saveFile(path, makeTrained());
    expect(statSync(path).mode & 0o777).toBe(0o666 & ~process.umask());
  });

  test("files of more than 2 GiB are read", () => {
    const large = join(folder, "large.safetensors");
    const size = 2 ** 31 + 8;
    const text = `{"large":{"dtype":"U8","shape":[${size}],"data_offsets":[0,${size}]},"x":{"dtype":"F32","shape":[2],"data_offsets":[${size},${size + 8}]}}`;
    const header = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
    const fd = openSync(large, "w");
    const length = new Uint8Array(8);
    length[0] = header.length;
    writeSync(fd, length);
    writeSync(fd, header);
    ftruncateSync(fd, 8 + header.length + size); // a hole, which takes no room
    writeSync(fd, new Float32Array([5, 7]), 0, 8, 8 + header.length + size);
    closeSync(fd);
    const opt = sgd({ x: 2 });
    expect(loadFile(large, opt, { only: "params", unused: "ignore" }).unused).toEqual(["large"]);
    expect([...opt.params.x]).toEqual([5, 7]);
    rmSync(large);
  });

  test("wrong arguments are refused, before any file is touched", () => {
    rmSync(path, { force: true });
    const opt = makeTrained();
    expect(() => saveFile(3 as never, opt)).toThrow(/^saveFile: path expected a text that is not empty, got 3/);
    expect(() => loadFile("", opt)).toThrow(/^loadFile: path expected/);
    expect(() => saveFile(path, opt, { sync: 1 as never })).toThrow(/^saveFile: sync expected true or false, got 1/);
    expect(() => saveFile(path, opt, { snyc: true } as never)).toThrow(/unknown option "snyc"; did you mean sync\?/);
    expect(() => saveFile(path, opt, { extra: (() => {}) as never })).toThrow(/^saveFile: extra/);
    expect(() => saveFile(path, {} as never)).toThrow(/^saveFile: optimizer expected/);
    opt.dispose();
    expect(() => saveFile(path, opt)).toThrow("dispose");
    expect(readdirSync(folder)).toEqual([]);
    expect(() => saveFile(join(folder, "none", "a"), makeTrained())).toThrow(expect.objectContaining({ code: "ENOENT" }));
    expect(() => loadFile(path, makeTrained())).toThrow(expect.objectContaining({ code: "ENOENT" }));
  });
});

const file = "run/a.safetensors";
const [older, newer] = [trainTo(makeTrained(), 2), trainTo(makeTrained(), 5)];
const [old, next] = [save(older), save(newer)];
let fs: MemoryFiles;
beforeEach(() => {
  fs = new MemoryFiles(new Map([[file, old]]));
});

describe("errors", () => {
  /** The calls of a save without errors. */
  const calls: string[] = [];
  const counting = new MemoryFiles(new Map([[file, old]]));
  counting.before = (call) => calls.push(call);
  saveFileWith(counting, file, newer);

  test("a save calls in this order", () => {
    const names = calls.filter((call, i) => call !== calls[i - 1]);
    expect(names).toEqual(["list", "open", "write", "sync", "close", "rename", "open", "syncNames", "close"]);
  });

  const renamed = calls.indexOf("rename");
  const table = calls.flatMap((call, i) => ["EIO", "ENOSPC"].map((code) => ({ call, i, code })));
  test.each(table)("$code in call $i, $call: it passes, and no temporary file is left", ({ i, code }) => {
    let count = 0;
    fs.before = () => {
      if (count++ === i) throw failure(code);
    };
    expect(() => saveFileWith(fs, file, newer)).toThrow(expect.objectContaining({ code }));
    expect([...fs.disk.keys()]).toEqual([file]);
    expect(fs.disk.get(file)).toEqual(i > renamed ? next : old);
    expect(fs.openFiles).toBe(0);
  });

  test.each([1, 7, 4096])("writes and reads of at most %d bytes", (most) => {
    fs.most = most;
    saveFileWith(fs, file, newer);
    expect(fs.disk.get(file)).toEqual(next);
    const opt = makeTrained();
    loadFileWith(fs, file, opt);
    expect(save(opt)).toEqual(next);
  });

  test("a write and a read of no bytes", () => {
    fs.most = 0;
    expect(() => saveFileWith(fs, file, newer)).toThrow("the file takes no more bytes");
    expect(fs.disk).toEqual(new Map([[file, old]]));
    expect(() => loadFileWith(fs, file, newer)).toThrow("became shorter");
    expect(fs.openFiles).toBe(0);
  });

  test.each(["EPERM", "EINVAL", "EISDIR", "ENOTSUP"])("a system without fsync of folders, which throws %s", (code) => {
    fs.before = (call) => {
      if (call === "syncNames") throw failure(code);
    };
    saveFileWith(fs, file, newer);
    expect(fs.disk).toEqual(new Map([[file, next]]));
    fs.before = (call) => {
      if (call === "sync") throw failure(code);
    };
    expect(() => saveFileWith(fs, file, older)).toThrow(expect.objectContaining({ code }));
    expect(fs.disk).toEqual(new Map([[file, next]]));
  });

  test.each(["EPERM", "EBUSY", "EACCES"])("a file that another program has open: rename throws %s at first", (code) => {
    let failures = 5;
    fs.before = (call) => {
      if (call === "rename" && failures-- > 0) throw failure(code);
    };
    const start = performance.now();
    saveFileWith(fs, file, newer);
    expect(performance.now() - start).toBeGreaterThanOrEqual(5 + 10 + 20 + 40 + 80);
    expect(fs.disk).toEqual(new Map([[file, next]]));
    failures = Infinity;
    expect(() => saveFileWith(fs, file, older)).toThrow(expect.objectContaining({ code }));
    expect(fs.disk).toEqual(new Map([[file, next]]));
  });

  test("temporary files of killed processes go, those of other files stay", () => {
    const left = [
      "run/a.safetensors.12-x.tmp",
      "run/b.safetensors.12-x.tmp",
      "run/a.safetensors.tmp",
      "run/a.safetensors.12-x.tmp2",
    ];
    fs = new MemoryFiles(new Map(left.map((path) => [path, old])));
    saveFileWith(fs, file, newer);
    expect([...fs.disk.keys()]).toEqual([...left.slice(1), file]);
  });

  test("the folder of a path without one is the current one", () => {
    const opened: (string | undefined)[] = [];
    fs.before = (call, path) => {
      if (call === "list") opened.push(path);
    };
    expect(() => saveFileWith(fs, "a.safetensors", newer)).not.toThrow();
    expect(opened).toEqual(["."]);
  });

  test("a damaged file is refused, and closed", () => {
    fs = new MemoryFiles(new Map([[file, old.slice(0, -1)]]));
    expect(() => loadFileWith(fs, file, newer)).toThrow(CheckpointError);
    expect(fs.openFiles).toBe(0);
  });
});

describe("loss of power", () => {
  /** Counts the states that a loss of power may leave at each moment of a save: all, torn ones, and old ones after it returned. */
  function lose(without?: "sync" | "syncNames") {
    const before = new Map([[file, old]]);
    saveFileWith(fs, file, newer);
    const log = fs.log.filter(({ kind }) => kind !== without);
    const found = { states: 0, torn: 0, lost: 0 };
    for (let end = 0; end <= log.length; end++) {
      for (const disk of afterPowerLoss(before, log.slice(0, end))) {
        found.states++;
        const bytes = disk.get(file);
        const [isOld, isNew] = [old, next].map((file) => bytes !== undefined && Buffer.compare(bytes, file) === 0);
        if (!isOld && !isNew) found.torn++;
        if (isOld && end === log.length) found.lost++;
      }
    }
    return found;
  }

  test("every state is the old file or the new one, and the new one after the save", () => {
    expect(lose()).toMatchObject({ torn: 0, lost: 0 });
  });

  test("there are many states", () => {
    expect(lose().states).toBeGreaterThan(100);
  });

  test("without fsync of the file some are torn", () => {
    expect(lose("sync").torn).toBeGreaterThan(0);
  });

  test("without fsync of the folder some are old after the save", () => {
    expect(lose("syncNames")).toMatchObject({ torn: 0, lost: expect.toSatisfy((lost: number) => lost > 0) });
  });

  test("with sync: false nothing is synchronized", () => {
    saveFileWith(fs, file, newer, { sync: false });
    expect(fs.log.filter(({ kind }) => kind.startsWith("sync"))).toEqual([]);
    const opt = makeTrained();
    load(opt, fs.disk.get(file) as Uint8Array);
    expect(opt.t).toBe(5);
  });
});
