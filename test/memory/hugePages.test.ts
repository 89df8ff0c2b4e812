import { readFileSync } from "node:fs";
import koffi from "koffi";
import { afterEach, describe, expect, test, vi } from "vitest";
import { adam, arena, lbfgs, threads } from "../../src/index.js";
import { hugePages } from "../../src/memory/hugePages.js";
import { allocate, freshMemory } from "../../src/memory/wasmMemory.js";

const setting = "/sys/kernel/mm/transparent_hugepage/enabled";

afterEach(() => {
  vi.unstubAllGlobals();
  freshMemory.prepare = undefined;
});

/** What the machine of a test has; a string in place of a module is the message of the error that it causes. */
interface Machine {
  readonly versions?: Record<string, string>;
  readonly platform?: string;
  readonly setting?: string;
  readonly koffi?: unknown;
  readonly ffi?: unknown;
}

const missing = Object.assign(new Error("Cannot find module 'koffi'\nRequire stack:\n- hugePages.js"), {
  code: "MODULE_NOT_FOUND",
});

/** A koffi whose madvise notes its calls and returns a result. */
function fakeKoffi(result = 0) {
  const calls: [bytes: number, length: bigint, advice: number][] = [];
  const madvise = (array: Uint8Array, length: bigint, advice: number) => {
    calls.push([array.byteLength, length, advice]);
    return result;
  };
  return { calls, koffi: { load: () => ({ func: () => madvise }) }, ffi: { dlopen: () => ({ functions: { madvise } }) } };
}

/** What `hugePages()` finds on this machine, in Node on Linux if nothing else is said. */
function found({
  versions = { node: "22.0.0" },
  platform = "linux",
  setting: text = "always [madvise] never",
  koffi = missing,
  ffi,
}: Machine) {
  const give = (what: unknown) => {
    if (what instanceof Error) throw what;
    return what;
  };
  const modules: Record<string, unknown> = {
    "node:fs": {
      readFileSync(file: string) {
        if (file !== setting || text === "") throw new Error(`ENOENT: no such file or directory, open '${file}'`);
        return text;
      },
    },
    "node:module": { createRequire: () => () => give(koffi) },
    "node:ffi": ffi,
  };
  vi.stubGlobal("process", { versions, platform, getBuiltinModule: (name: string) => modules[name] });
  try {
    return hugePages();
  } finally {
    vi.unstubAllGlobals();
  }
}

describe("why not", () => {
  const dlopen = () => {
    throw new Error("Access to this API has been restricted");
  };
  test.each<[reason: string, machine: Machine]>([
    ["expected Node 20.16 or newer, got Bun", { versions: { node: "24.3.0", bun: "1.3.0" } }],
    ["expected Node 20.16 or newer, got Deno", { versions: { node: "24.2.0", deno: "2.5.0" } }],
    ["expected Linux, got darwin", { platform: "darwin" }],
    [`cannot read ${setting}: ENOENT: no such file or directory, open '${setting}'`, { setting: "" }],
    [`${setting} expected madvise or always, got never`, { setting: "always madvise [never]" }],
    ["koffi is not installed", {}],
    ["koffi does not load: no native module", { koffi: new Error("no native module") }],
    ["Access to this API has been restricted", { ffi: { dlopen } }],
    ["madvise expected to return 0, got -1", { koffi: fakeKoffi(-1).koffi }],
  ])("%s", (reason, machine) => {
    expect(found(machine)).toEqual({ on: false, reason });
    expect(freshMemory.prepare).toBeUndefined();
  });

  test("an old Node, and an engine without a process", () => {
    vi.stubGlobal("process", { versions: { node: "20.9.0" }, platform: "linux" });
    expect(hugePages()).toEqual({ on: false, reason: "expected Node 20.16 or newer, got Node 20.9.0" });
    vi.stubGlobal("process", undefined);
    expect(hugePages()).toEqual({ on: false, reason: "expected Node 20.16 or newer, got another engine" });
  });
});

describe("why", () => {
  test("Linux gives them unasked: nothing is called", () => {
    const { koffi, calls } = fakeKoffi();
    const reason = `Linux gives them unasked: ${setting} is always`;
    expect(found({ setting: "[always] madvise never", koffi })).toEqual({ on: true, reason });
    expect([calls, freshMemory.prepare]).toEqual([[], undefined]);
  });

  test("koffi or node:ffi calls madvise for memories of 4 MiB or more", () => {
    const fakes = fakeKoffi();
    expect(found({ koffi: fakes.koffi, ffi: fakes.ffi })).toEqual({ on: true, reason: "koffi calls madvise" });
    expect(found({ ffi: fakes.ffi })).toEqual({ on: true, reason: "node:ffi calls madvise" });
    fakes.calls.length = 0;
    allocate(2 ** 22 - 2 ** 16);
    for (const shared of [false, true]) allocate(2 ** 22, shared);
    expect(fakes.calls).toEqual([
      [2 ** 22, BigInt(2 ** 22), 14],
      [2 ** 22, BigInt(2 ** 22), 14],
    ]);
  });
});

/** The bytes of huge pages in the mapping that holds an array, and whether the kernel notes the advice. */
function mapping(array: Float32Array): { readonly huge: number; readonly advised: boolean } {
  const address = koffi.address(array);
  const mappings = readFileSync("/proc/self/smaps", "utf8").split(/\n(?=[0-9a-f]+-[0-9a-f]+ )/);
  const own = mappings.find((text) => {
    const [, begin, end] = /^([0-9a-f]+)-([0-9a-f]+) /.exec(text) ?? [];
    return BigInt(`0x${begin}`) <= address && address < BigInt(`0x${end}`);
  });
  return {
    huge: Number(/^AnonHugePages: +(\d+) kB/m.exec(own ?? "")?.[1]) * 1024,
    advised: /^VmFlags:.* hg/m.test(own ?? ""),
  };
}

const here = hugePages();
const asks = freshMemory.prepare !== undefined;
freshMemory.prepare = undefined;
/** A huge page in bytes: 2 MiB, but more where the usual pages have more than 4 KiB. */
const hugePage = asks ? Number(readFileSync("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "utf8")) : 0;
const skipped = !asks ? here.reason : hugePage > 2 ** 21 ? `a huge page has ${hugePage} bytes` : undefined;

describe.skipIf(skipped)(`on this machine${skipped ? `: ${skipped}` : ""}`, () => {
  const length = 2 ** 22;
  /** Fills an array, and returns its mapping. */
  const touched = (array: Float32Array) => mapping(array.fill(1));

  test("without a call, memories have the usual pages", () => {
    expect(touched(adam({ x: length }).params.x)).toEqual({ huge: 0, advised: false });
  });

  test("after the call, large memories have huge pages: own ones, shared ones, arenas, lbfgs", async () => {
    expect(hugePages().on).toBe(true);
    const pool = await threads(1);
    const made = {
      own: adam({ x: length }).params.x,
      shared: adam({ x: length }, { threads: pool }).params.x,
      arena: adam({ x: length }, { memory: arena() }).params.x,
      lbfgs: lbfgs({ x: length }).params.x,
    };
    pool.close();
    for (const [name, array] of Object.entries(made)) {
      const { huge, advised } = touched(array);
      expect(advised, name).toBe(true);
      expect(huge, name).toBeGreaterThanOrEqual(hugePage); // Linux may have few free ones
    }
  });

  test("a small memory keeps the usual pages", () => {
    hugePages();
    expect(touched(adam({ x: 2 ** 14 }).params.x)).toEqual({ huge: 0, advised: false });
  });
});

const hasFfi = process.getBuiltinModule("node:ffi" as "node:fs") !== undefined;
const without = skipped ?? (hasFfi ? undefined : "this Node has no node:ffi");
test.skipIf(without)(`node:ffi in place of koffi${without ? `: ${without}` : ""}`, () => {
  const { getBuiltinModule } = process;
  const withoutKoffi = (name: string) =>
    name === "node:module"
      ? {
          createRequire: () => () => {
            throw missing;
          },
        }
      : getBuiltinModule(name as "node:fs");
  vi.stubGlobal("process", { versions: process.versions, platform: process.platform, getBuiltinModule: withoutKoffi });
  expect(hugePages()).toEqual({ on: true, reason: "node:ffi calls madvise" });
  vi.unstubAllGlobals();
  for (const shared of [false, true])
    expect(mapping(new Float32Array(allocate(2 ** 24, shared).buffer).fill(1)).huge).toBeGreaterThanOrEqual(hugePage);
});
