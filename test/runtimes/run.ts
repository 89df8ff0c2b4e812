// Runs other programs, each with a time limit. Their output appears only if they fail.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

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
  throw ended([command, ...args], seconds, signal, status ?? error, stdout + stderr);
}

function ended(command: readonly string[], seconds: number, signal: string | null, status: unknown, output: string): Error {
  const why = signal ? `took longer than ${seconds} s, or was ended by ${signal}` : `ended with ${status}`;
  return new Error(`${command.join(" ")} ${why}\n${output}`);
}

/** Starts a program. Returns its output, once it has ended. @throws Error unless it exits with code 0 within `seconds`. */
export function start(command: string, args: readonly string[], { cwd = ".", seconds = 600 } = {}): () => Promise<string> {
  const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"], timeout: seconds * 1000, killSignal: "SIGKILL" });
  process.on("exit", () => child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const end = once(child, "close") as Promise<[status: number | null, signal: string | null]>;
  end.catch(() => {}); // whoever takes the output gets the error
  return async () => {
    const [status, signal] = await end;
    if (status === 0) return output.trim();
    throw ended([command, ...args], seconds, signal, status, output);
  };
}

/** Whether the program's arguments, parts of names, select this check. */
export function isWanted(name: string): boolean {
  const names = process.argv.slice(2);
  return names.length === 0 || names.some((part) => name.includes(part));
}

/** Runs the checks in order and prints a line for each. The first failure ends the program. Arguments select checks by name. */
export async function report(checks: readonly (readonly [name: string, check: () => unknown])[]): Promise<void> {
  const wanted = checks.filter(([name]) => isWanted(name));
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
