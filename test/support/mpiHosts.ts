// Trains on two and four hosts: network namespaces with host names of their own, one rank on each. Compares the bits with those of one
// process. Needs Linux, root, and the packages iproute2, mpich and openmpi-bin: npx tsx test/support/mpiHosts.ts
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launchers, missing, runRanks } from "./mpi.js";

const network = "simdescent-net";
const cable = "cable0";
const hosts = [1, 2, 3, 4].map((i) => ({ name: `simdescent-${i}`, plug: `plug${i}`, address: `10.77.0.${i}` }));
const [first] = hosts as [(typeof hosts)[number]];
const ip = (...args: string[]) => execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });

const folder = mkdtempSync(join(tmpdir(), "mpi-hosts-"));
/** In place of ssh: runs a command on the host of an address. */
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

/** What a launcher needs to start one rank on each host, over TCP alone. */
const optionsOf = (name: string, addresses: readonly string[]) =>
  name === "MPICH"
    ? ["-launcher", "ssh", "-launcher-exec", shell, "-hosts", addresses.join(), "-iface", cable, "-ppn", "1"]
    : [
        ...["--mca", "plm_rsh_agent", shell, "--mca", "pml", "ob1", "--mca", "btl", "tcp,self"],
        ...["--mca", "btl_tcp_if_include", "10.77.0.0/24", "--mca", "oob_tcp_if_include", "10.77.0.0/24"],
        ...["-host", addresses.map((address) => `${address}:1`).join()],
      ];

function removeHosts(): void {
  for (const name of [network, ...hosts.map(({ name }) => name)]) spawnSync("ip", ["netns", "del", name], { stdio: "ignore" });
}

process.on("exit", () => {
  removeHosts();
  rmSync(folder, { recursive: true });
});
removeHosts();
// A switch, and a cable from each host to it.
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

const train = (...args: string[]) => ["test/mpi/programs/train.js", ...args];
const alone = runRanks(undefined, 1, "train.js", ["1"]);
const expected = JSON.stringify(JSON.parse(alone.stdout).hashes);
for (const launcher of launchers.filter((launcher) => !missing(launcher))) {
  for (const [ranks, threads, state] of [
    [2, 1, "whole"],
    [2, 2, "shard"],
    [4, 1, "whole"],
    [4, 1, "shard"],
  ] as const) {
    const addresses = hosts.slice(0, ranks).map(({ address }) => address);
    const command = [launcher.command, ...optionsOf(launcher.name, addresses), "-n", String(ranks), process.execPath];
    const env = {
      ...process.env,
      OMPI_ALLOW_RUN_AS_ROOT: "1",
      OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1",
      OMPI_MCA_mpi_yield_when_idle: "1",
      UCX_TLS: "tcp,self",
    };
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
    const all = ["-s", "KILL", "300", ...host, ...command, ...train(String(threads), state)];
    const { status, stdout, stderr } = spawnSync("timeout", all, { encoding: "utf8", env });
    if (status !== 0) throw new Error(`${launcher.name}, ${ranks} hosts: exit code ${status}: ${stderr}`);
    const { library, local, hashes } = JSON.parse(stdout);
    if (local.ranks !== 1) throw new Error(`${library}: expected one rank on each host, got ${local.ranks}`);
    if (JSON.stringify(hashes) !== expected) throw new Error(`${library}, ${ranks} hosts: expected ${expected}, got ${stdout}`);
    console.log(`${library}: ${ranks} hosts, ${threads} threads, state: ${state}: the bits of one process`);
  }
}
