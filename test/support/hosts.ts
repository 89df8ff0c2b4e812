// Hosts on one machine: network namespaces with host names of their own, at a switch. Needs Linux, root, and the package iproute2.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Launcher } from "./mpi.js";

const network = "simdescent-net";
const cable = "cable0";
const hosts = [1, 2, 3, 4].map((i) => ({ name: `simdescent-${i}`, plug: `plug${i}`, address: `10.77.0.${i}` }));
const [first] = hosts as [(typeof hosts)[number]];
const ip = (...args: string[]) => execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });

function removeHosts(): void {
  for (const name of [network, ...hosts.map(({ name }) => name)]) spawnSync("ip", ["netns", "del", name], { stdio: "ignore" });
}

/** Writes a program in place of ssh. It runs a command on the host of an address. */
function writeShell(folder: string): string {
  const shell = join(folder, "shell");
  const branches = hosts.map(({ name, address }) => `  ${address}|${name}) host=${name} ;;`);
  writeFileSync(
    shell,
    `#!/bin/bash
while [[ "$1" == -* ]]; do shift; done
case "$1" in
${branches.join("\n")}
  *) echo "no host $1" >&2; exit 1 ;;
esac
shift
exec ip netns exec $host unshare --uts bash -c "hostname $host; $*"
`,
  );
  chmodSync(shell, 0o755);
  return shell;
}

/** What a launcher needs to start some ranks on each host. */
const optionsOf = (name: Launcher["name"], shell: string, addresses: readonly string[], each: number) =>
  name === "MPICH"
    ? ["-launcher", "ssh", "-launcher-exec", shell, "-hosts", addresses.join(), "-iface", cable, "-ppn", String(each)]
    : [
        ...["--mca", "plm_rsh_agent", shell, "--mca", "pml", "ob1", "--mca", "btl", "tcp,self"],
        ...["--mca", "btl_tcp_if_include", "10.77.0.0/24", "--mca", "oob_tcp_if_include", "10.77.0.0/24"],
        ...["-host", addresses.map((address) => `${address}:${each}`).join()],
      ];

/** A switch with four hosts. They end with the process. */
export function makeHosts() {
  const folder = mkdtempSync(join(tmpdir(), "mpi-hosts-"));
  const shell = writeShell(folder);
  process.on("exit", () => {
    removeHosts();
    rmSync(folder, { recursive: true });
  });
  removeHosts();
  ip("netns", "add", network);
  ip("-n", network, "link", "add", "switch0", "type", "bridge");
  ip("-n", network, "link", "set", "switch0", "up");
  for (const { name, plug, address } of hosts) {
    ip("netns", "add", name);
    ip("link", "add", cable, "netns", name, "type", "veth", "peer", "name", plug, "netns", network);
    ip("-n", network, "link", "set", plug, "master", "switch0", "up");
    ip("-n", name, "address", "add", `${address}/24`, "dev", cable);
    for (const link of [cable, "lo"]) ip("-n", name, "link", "set", link, "up");
  }
  return {
    folder,
    /** The command that starts a program with `each` ranks on each of the first `count` hosts. The launcher runs on the first. */
    commandOf(launcher: Launcher, count: number, each: number, program: readonly string[]): string[] {
      const addresses = hosts.slice(0, count).map(({ address }) => address);
      const host = [
        "ip",
        "netns",
        "exec",
        first.name,
        "unshare",
        "--uts",
        "bash",
        "-c",
        `hostname ${first.name}; exec "$@"`,
        "bash",
      ];
      return [
        ...host,
        launcher.command,
        ...optionsOf(launcher.name, shell, addresses, each),
        "-n",
        String(count * each),
        ...program,
      ];
    },
    /** Cuts the cable of a host, counted from 1, or mends it. */
    plug(host: number, state: "down" | "up"): void {
      ip("-n", network, "link", "set", (hosts[host - 1] as (typeof hosts)[number]).plug, state);
    },
  };
}

/** Environment of a launcher that runs as root, and that has the network alone. */
export const networkEnvironment = {
  ...process.env,
  OMPI_ALLOW_RUN_AS_ROOT: "1",
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1",
  OMPI_MCA_mpi_yield_when_idle: "1",
  UCX_TLS: "tcp,self",
};
