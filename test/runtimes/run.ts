// Runs other programs, each with a time limit. Their output appears only if they fail.
import { spawnSync } from "node:child_process";

/** The output of a program. @throws Error unless it exits with code 0 within `seconds`. */
export function run(command: string, args: readonly string[], { cwd = ".", seconds = 600 } = {}): string {
  const { error, status, signal, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    timeout: seconds * 1000,
    killSignal: "SIGKILL",
    maxBuffer: 2 ** 26,
  });
  if (status === 0) return stdout.trim();
  const why = signal ? `took longer than ${seconds} s, or was ended by ${signal}` : `ended with ${status ?? error}`;
  throw new Error(`${[command, ...args].join(" ")} ${why}\n${stdout}${stderr}`);
}

/** Runs the checks in order and prints a line for each. The first failure ends the program. Arguments select checks by name. */
export async function report(checks: readonly (readonly [name: string, check: () => unknown])[]): Promise<void> {
  const names = process.argv.slice(2);
  const wanted = checks.filter(([name]) => names.length === 0 || names.some((part) => name.includes(part)));
  if (wanted.length < checks.length) console.log(`${checks.length - wanted.length} of ${checks.length} left out`);
  for (const [name, check] of wanted) {
    const start = performance.now();
    try {
      const result = await check();
      console.log(`ok    ${name}: ${result} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
    } catch (error) {
      console.log(`FAILS ${name}: ${error instanceof Error ? error.message : error}`);
      process.exit(1);
    }
  }
}
