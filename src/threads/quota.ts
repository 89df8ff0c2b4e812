/**
 * The average number of processors that Linux allows this process: the lowest quota of its control groups, version 1 or 2; Infinity
 * without a quota. `read` throws if a file does not exist.
 */
export function processorQuota(read: (file: string) => string): number {
  const numbers = (file: string): number[] => {
    try {
      return read(file).trim().split(/\s+/).map(Number);
    } catch {
      return [];
    }
  };
  let groups = "";
  try {
    groups = read("/proc/self/cgroup");
  } catch {}
  // Lines such as 0::/outer/inner or 4:cpu,cpuacct:/outer/inner. In a container the path may be the host's; its own group is then "".
  const paths = [...groups.matchAll(/^\d+:.*?:(.*)$/gm)].flatMap(([, path = ""]) => {
    const parts = path.split("/").filter(Boolean);
    return parts.map((_, i) => `/${parts.slice(0, i + 1).join("/")}`);
  });
  let least = Infinity;
  for (const path of new Set(["", ...paths])) {
    const version1 = ["quota", "period"].flatMap((what) => numbers(`/sys/fs/cgroup/cpu${path}/cpu.cfs_${what}_us`));
    for (const [quota = 0, period = 0] of [numbers(`/sys/fs/cgroup${path}/cpu.max`), version1])
      if (quota > 0 && period > 0) least = Math.min(least, quota / period); // not "max", nor -1
  }
  return least;
}
