// Kills a training at random with SIGKILL, starts it again until it ends, and compares its bits with those of an uninterrupted one.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { images: { type: "string", default: "6000" }, kills: { type: "string", default: "5" } },
});
const program = fileURLToPath(new URL("train.ts", import.meta.url));

interface Ended {
  /** The last line. */
  readonly line: string;
  /** Milliseconds from the first line on. */
  readonly duration: number;
}

/** Runs the training, and kills it some milliseconds after its first line. Returns undefined if it was killed. */
function run(folder: string, milliseconds = Infinity): Promise<Ended | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", program, folder, values.images], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    let first = 0;
    let timer: NodeJS.Timeout | undefined;
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (first > 0) return;
      first = performance.now();
      if (milliseconds < Infinity) timer = setTimeout(() => child.kill("SIGKILL"), milliseconds);
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const printed = text.trim().split("\n");
      const resumed = printed[0].startsWith("goes on") ? `${printed[0]}, ` : "";
      if (signal === "SIGKILL") {
        console.log(`${resumed}killed after "${printed.at(-1)}"`);
        resolve(undefined);
      } else if (code === 0) {
        console.log(`${resumed}ended: ${printed.at(-1)}`);
        resolve({ line: printed.at(-1) as string, duration: performance.now() - first });
      } else reject(new Error(`the training exited with code ${code}`));
    });
  });
}

const base = mkdtempSync(join(tmpdir(), "resume-"));
try {
  const whole = await run(join(base, "whole"));
  let kills = 0;
  for (let training = 0; kills < Number(values.kills); training++) {
    let result: Ended | undefined;
    while (result === undefined) {
      const most = kills < Number(values.kills) ? Math.random() * (whole as Ended).duration : Infinity;
      result = await run(join(base, String(training)), most);
      if (result === undefined) kills += 1;
    }
    if (result.line !== whole?.line) throw new Error("the bits differ");
  }
  console.log(`All bits are equal after ${kills} kills.`);
} finally {
  rmSync(base, { recursive: true });
}
