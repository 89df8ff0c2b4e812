// Cuts the network of one host during a training on several, one rank on each. Every rank must end by itself, within its time limit, with an
// exit code other than 0 and a line that says why. Ctrl-C must end the launcher. Needs Linux, root, and the packages iproute2, mpich and openmpi-bin:
//   npx tsx test/support/mpiCut.ts [seconds that the launcher may wait before Ctrl-C]
import { spawn } from "node:child_process";
import { mkdtempSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeHosts, networkEnvironment } from "./hosts.js";
import { type Launcher, launchers, missing } from "./mpi.js";

/** Seconds for the time limit of the ranks, 4, and a busy machine. */
const soon = 20;
/** Seconds that the launcher may wait for the host that is cut. */
const patience = Number(process.argv[2] ?? 5);

/** Runs the training on a host. What it says and its exit code go to files, because the cut is in the launcher's way to the terminal, too. */
const recorded = `#!/bin/bash
"$1" test/mpi/programs/cut.js "$2" 2> "$2/said-$(hostname)"
echo $? > "$2/code.tmp-$(hostname)"
mv "$2/code.tmp-$(hostname)" "$2/code-$(hostname)"
`;

/** Waits until something is there. Returns the seconds, or undefined after the limit. */
async function until(limit: number, isThere: () => boolean): Promise<number | undefined> {
  const begin = performance.now();
  while (!isThere()) {
    if (performance.now() - begin > limit * 1000) return undefined;
    await sleep(20);
  }
  return (performance.now() - begin) / 1000;
}

const hosts = makeHosts();
const script = join(hosts.folder, "recorded");
writeFileSync(script, recorded, { mode: 0o755 });

/** Cuts one host of some. Returns a line that says how it ended. @throws Error if a rank does not end, or ends with 0 or without a line */
async function cutOne(launcher: Launcher, ranks: number, host: number): Promise<string> {
  const folder = mkdtempSync(join(hosts.folder, "run-"));
  const files = (prefix: string) => readdirSync(folder).filter((name) => name.startsWith(prefix));
  const [command = "", ...args] = hosts.commandOf(launcher, ranks, 1, [script, process.execPath, folder]);
  const output = openSync(join(folder, "launcher"), "w");
  const running = spawn(command, args, { stdio: ["ignore", output, output], env: networkEnvironment, detached: true });
  let code: number | string | null | undefined;
  running.on("exit", (exit, signal) => {
    code = exit ?? signal;
  });
  try {
    const began = await until(60, () => files("running-").length === ranks);
    if (began === undefined) throw new Error(`the training did not begin: ${readFileSync(join(folder, "launcher"), "utf8")}`);
    hosts.plug(host, "down");
    const ended = await until(soon, () => files("code-").length === ranks);
    const said = files("said-").map((name) => `${name.slice(5)}: ${readFileSync(join(folder, name), "utf8").trim()}`);
    const codes = files("code-").map((name) => readFileSync(join(folder, name), "utf8").trim());
    const report = `exit codes ${codes.join()}; ${said.join("; ")}`;
    if (ended === undefined) throw new Error(`ranks still run ${soon} s after the cut: ${report}`);
    if (codes.includes("0")) throw new Error(`a rank ended with 0: ${report}`);
    if (!said.every((line) => /mpi: rank \d of \d has waited 4 s in \w+\(\), its collective number \d+/.test(line)))
      throw new Error(report);
    await until(patience, () => code !== undefined);
    const waits = code === undefined;
    if (running.pid !== undefined && waits) process.kill(running.pid, "SIGINT");
    if ((await until(soon, () => code !== undefined)) === undefined)
      throw new Error(`SIGINT does not end the launcher: ${report}`);
    if (code === 0) throw new Error(`the launcher ended with 0: ${report}`);
    const launcherEnd = waits ? `waited for ${patience} s more, and ended with ${code} after SIGINT` : `ended with ${code}`;
    return `all ranks ended ${ended.toFixed(1)} s after the cut; the launcher ${launcherEnd}; ${report}`;
  } finally {
    if (code === undefined && running.pid !== undefined) process.kill(-running.pid, "SIGKILL");
    hosts.plug(host, "up");
    await sleep(3000); // The hosts find each other again.
  }
}

for (const launcher of launchers.filter((launcher) => !missing(launcher))) {
  for (const [ranks, host] of [
    [2, 2],
    [2, 1],
    [4, 3],
  ] as const) {
    console.log(`${launcher.name}: host ${host} of ${ranks} cut: ${await cutOne(launcher, ranks, host)}`);
  }
}
