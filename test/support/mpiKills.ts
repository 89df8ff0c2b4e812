// Kills ranks of trainings at random steps, restarts them on any number of ranks with any library, and compares the bits with those of an
// uninterrupted one: npx tsx test/support/mpiKills.ts [kills]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Launcher, launchers, missing, runRanks } from "./mpi.js";
import { random } from "./random.js";

const base = () => mkdtempSync(join(tmpdir(), "mpi-kills-"));

/** What a training ended with: the hash that it printed. */
function hashOf(launcher: Launcher | undefined, ranks: number, folder: string, state: "whole" | "shard"): string {
  const { status, stdout, stderr } = runRanks(launcher, ranks, "resume.js", [folder, state]);
  if (status !== 0) throw new Error(`the training on ${ranks} ranks exited with ${status}: ${stderr}`);
  return stdout.trim();
}

/** Runs trainings until ranks were killed as often as that. Returns the hashes: first that of an uninterrupted training. */
export function killAndResume(kills: number, seed: number, note = (_: string) => {}): string[] {
  const source = random(seed);
  const below = (n: number) => Math.floor(((source.next().value + 1) / 2) * n);
  const available = launchers.filter((launcher) => !missing(launcher));
  const hashes: string[] = [];
  const whole = base();
  hashes.push(hashOf(undefined, 1, whole, "whole"));
  rmSync(whole, { recursive: true });
  for (let done = 0; done < kills; ) {
    const folder = base();
    // A training of 60 steps is killed up to three times, and ends on another number of ranks.
    for (let again = 0; again < 3 && done < kills; again++, done++) {
      const launcher = available[below(available.length)] as Launcher;
      const ranks = 2 ** (1 + below(2));
      const [steps, rank, place] = [1 + below(19), below(ranks), below(3)];
      const state = below(2) ? "whole" : "shard";
      const { status, stdout } = runRanks(launcher, ranks, "resume.js", [folder, state, `${steps}`, `${rank}`, `${place}`]);
      note(`${launcher.name}, ${ranks} ranks, state: ${state}: rank ${rank} killed after ${steps} steps, exit code ${status}`);
      if (status === 0 || /^[0-9a-f]{64}$/m.test(stdout))
        throw new Error(`a training whose rank was killed expected to fail, got ${status}: ${stdout}`);
    }
    const launcher = available[below(available.length)] as Launcher;
    const ranks = 2 ** below(3);
    hashes.push(hashOf(launcher, ranks, folder, below(2) ? "whole" : "shard"));
    note(`${launcher.name}, ${ranks} ranks: ended with ${hashes.at(-1)?.slice(0, 16)}`);
    rmSync(folder, { recursive: true });
  }
  return hashes;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const kills = Number(process.argv[2] ?? 100);
  const hashes = killAndResume(kills, Date.now() % 2 ** 31, console.log);
  if (new Set(hashes).size !== 1) throw new Error(`the bits differ: ${hashes.join(", ")}`);
  console.log(`All bits are equal after ${kills} kills.`);
}
