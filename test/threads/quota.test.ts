// The processors that control groups leave to a process, as their files tell.
import { expect, test, vi } from "vitest";
import { processorQuota } from "../../src/threads/quota.js";
import { availableThreads } from "../../src/threads/startWorker.js";

const quota = (files: Record<string, string>) =>
  processorQuota((file) => {
    const text = files[file];
    if (text === undefined) throw new Error(`ENOENT: ${file}`);
    return text;
  });

test.each<[string, Record<string, string>, number]>([
  ["nothing is there", {}, Infinity],
  ["version 2, in a container", { "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "250000 100000\n" }, 2.5],
  ["version 2, no limit", { "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "max 100000\n" }, Infinity],
  ["version 2, where groups cannot be read", { "/sys/fs/cgroup/cpu.max": "50000 100000\n" }, 0.5],
  [
    "version 2, of a service: the least of the groups that it is in",
    {
      "/proc/self/cgroup": "0::/system.slice/some.service/inner\n",
      "/sys/fs/cgroup/system.slice/cpu.max": "300000 100000\n",
      "/sys/fs/cgroup/system.slice/some.service/cpu.max": "200000 100000\n",
      "/sys/fs/cgroup/system.slice/some.service/inner/cpu.max": "max 100000\n",
    },
    2,
  ],
  [
    "version 1, in a container, whose path is that outside",
    {
      "/proc/self/cgroup": "11:memory:/docker/1234\n4:cpu,cpuacct:/docker/1234\n0::/docker/1234\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "150000\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "50000\n",
    },
    3,
  ],
  [
    "version 1, no limit above, one below",
    {
      "/proc/self/cgroup": "4:cpu,cpuacct:/jobs/one\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
      "/sys/fs/cgroup/cpu/jobs/one/cpu.cfs_quota_us": "100000\n",
      "/sys/fs/cgroup/cpu/jobs/one/cpu.cfs_period_us": "100000\n",
    },
    1,
  ],
  ["a period that is missing", { "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "100000\n" }, Infinity],
  ["something else", { "/proc/self/cgroup": "?", "/sys/fs/cgroup/cpu.max": "much\n" }, Infinity],
])("%s", (_, files, expected) => {
  expect(quota(files)).toBe(expected);
});

/** What availableThreads() says on a machine of 8 with this quota, and the files that it read. */
function available(cpuMax: string, deno?: string) {
  const read: string[] = [];
  const modules: Record<string, unknown> = {
    "node:os": { availableParallelism: () => 8 },
    "node:fs": {
      readFileSync(file: string) {
        read.push(file);
        if (file === "/sys/fs/cgroup/cpu.max") return cpuMax;
        throw new Error("ENOENT");
      },
    },
  };
  vi.stubGlobal("process", { getBuiltinModule: (name: string) => modules[name] });
  if (deno) vi.stubGlobal("Deno", { permissions: { querySync: () => ({ state: deno }) } });
  const threads = availableThreads();
  vi.unstubAllGlobals();
  return { threads, read: read.length };
}

test.each([
  ["max 100000", 8],
  ["1600000 100000", 8],
  ["399999 100000", 3],
  ["400000 100000", 4],
  ["50000 100000", 1],
])("with %s of 8 processors, %d threads run at a time", (cpuMax, threads) => {
  expect(available(cpuMax).threads).toBe(threads);
});

test("Deno is asked first whether a file may be read, as it would ask its user", () => {
  expect(available("200000 100000", "granted").threads).toBe(2);
  for (const state of ["prompt", "denied"]) expect(available("200000 100000", state)).toEqual({ threads: 8, read: 0 });
});
