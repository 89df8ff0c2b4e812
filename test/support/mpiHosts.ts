// Trains on two and four hosts, with one or two ranks on each. Compares the bits with those of one process. Needs Linux, root, and the packages iproute2,
// mpich and openmpi-bin: npx tsx test/support/mpiHosts.ts
import { spawnSync } from "node:child_process";
import { makeHosts, networkEnvironment } from "./hosts.js";
import { launchers, missing, runRanks } from "./mpi.js";

const hosts = makeHosts();
const alone = runRanks(undefined, 1, "train.js", ["1"]);
const expected = JSON.stringify(JSON.parse(alone.stdout).hashes);
for (const launcher of launchers.filter((launcher) => !missing(launcher))) {
  for (const [count, each, threads, state] of [
    [2, 1, 1, "whole"],
    [2, 1, 2, "shard"],
    [2, 2, 1, "whole"],
    [4, 1, 1, "shard"],
  ] as const) {
    const program = [process.execPath, "test/mpi/programs/train.js", String(threads), state];
    const all = ["-s", "KILL", "300", ...hosts.commandOf(launcher, count, each, program)];
    const { status, stdout, stderr } = spawnSync("timeout", all, { encoding: "utf8", env: networkEnvironment });
    if (status !== 0) throw new Error(`${launcher.name}, ${count} hosts: exit code ${status}: ${stderr}`);
    const { library, local, hashes } = JSON.parse(stdout);
    if (local.ranks !== each) throw new Error(`${library}: expected ${each} ranks on each host, got ${local.ranks}`);
    if (JSON.stringify(hashes) !== expected) throw new Error(`${library}, ${count} hosts: expected ${expected}, got ${stdout}`);
    console.log(
      `${library}: ${count} hosts, ranks on each: ${each}, threads: ${threads}, state: ${state}: the bits of one process`,
    );
  }
}
