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

/** Runs the training. Kills it when it has printed `lines` lines of steps. Returns its last line, or undefined if it was killed. */
function run(folder: string, lines: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", program, folder, values.images], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (text.split("\nstep ").length > lines) child.kill("SIGKILL");
    });
    child.on("close", (code, signal) => {
      const printed = text.trim().split("\n");
      const [first] = printed;
      if (signal === "SIGKILL") {
        console.log(`${first?.startsWith("goes on") ? `${first}, ` : ""}killed after "${printed.at(-1)}"`);
        resolve(undefined);
      } else if (code === 0) resolve(printed.at(-1));
      else reject(new Error(`the training exited with code ${code}`));
    });
  });
}

const base = mkdtempSync(join(tmpdir(), "resume-"));
try {
  const whole = await run(join(base, "whole"), Infinity);
  console.log(`uninterrupted: ${whole}`);
  let result: string | undefined;
  for (let kills = 0; result === undefined; kills++) {
    const most = kills < Number(values.kills) ? 1 + Math.floor(6 * Math.random()) : Infinity;
    result = await run(join(base, "killed"), most);
  }
  console.log(`killed and resumed: ${result}`);
  if (result !== whole) throw new Error("the bits differ");
  console.log("All bits are equal.");
} finally {
  rmSync(base, { recursive: true });
}
