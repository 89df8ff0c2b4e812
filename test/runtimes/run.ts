// Steps that the tests take outside this process: each has a time limit, and is heard only when it fails.
import { spawnSync } from "node:child_process";

/** What a program prints. @throws Error unless it ends with 0 in time. */
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

/** Does one thing after the other, a line each; the first that fails ends the program. With arguments, only what they name. */
export async function report(checks: readonly (readonly [name: string, check: () => unknown])[]): Promise<void> {
  const names = process.argv.slice(2);
  const wanted = checks.filter(([name]) => names.length === 0 || names.some((part) => name.includes(part)));
  if (wanted.length < checks.length) console.log(`${checks.length - wanted.length} of ${checks.length} left out`);
  for (const [name, check] of wanted) {
    const start = performance.now();
    try {
      const said = await check();
      console.log(`ok    ${name}: ${said} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
    } catch (error) {
      console.log(`FAILS ${name}: ${error instanceof Error ? error.message : error}`);
      process.exit(1);
    }
  }
}
