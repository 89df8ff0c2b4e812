/**
 * How many processors Linux lets this process use on average: the least quota of its control groups, in version 1 or 2; Infinity
 * where there is none. What `read` throws is a file that is not there.
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
  // Lines like 0::/outer/inner, or 4:cpu,cpuacct:/outer/inner. In a container the path may be that outside, and "" is its own group.
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
