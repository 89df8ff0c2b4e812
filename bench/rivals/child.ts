// A rival in a process of its own. It answers each line of input with one line:
//
//   version <way>                                               version <text>
//   prepare <id> <way> <rule> <threads> <shapes>                prepared
//   prepare <id> <way> <rule> <threads> <shapes> <start> <gradient>
//   time <id> <steps>                                           time <milliseconds>
//   parameters <id>                                             parameters <values>
//   close <id>                                                  closed
//   any request that fails                                      error <text>
//
// <way> names a variant of the program. <shapes> is 33x65,7 for a matrix and a vector. <values>, <start> and <gradient> are the bytes of
// floats in hexadecimal digits. Several workloads can exist at once, each with an <id>. The program ends with its input.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { createInterface } from "node:readline";
import type { Contest, Values, Workload } from "./rival.js";

/** Characters of stderr, from its end, that an error quotes. */
const quoted = 400;

const encode = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength).toString("hex");

function decode(hex: string): Float32Array {
  const bytes = Buffer.from(hex, "hex");
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

export class Child {
  readonly #name: string;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #pending: { answer(line: string): void; fail(error: Error): void }[] = [];
  readonly #kill = () => this.#process.kill("SIGKILL");
  readonly #patience: number;
  #stderr = "";
  #failure: Error | undefined;
  #contests = 0;

  /** Starts the program. Errors begin with `name`. Kills the program after `patience` milliseconds without an answer. */
  constructor(name: string, command: string, args: readonly string[], patience = 600_000) {
    this.#name = name;
    this.#patience = patience;
    // Idle threads must sleep: spinning ones would take processors from the other rivals.
    const env = { ...process.env, OMP_WAIT_POLICY: "passive" };
    const child = spawn(command, args, { stdio: "pipe", env });
    this.#process = child;
    child.on("error", ({ message }) => this.#fail(`cannot be started: ${message}`));
    child.on("close", (code, signal) => this.#fail(`has ended (${signal ?? `code ${code}`}). ${this.#stderr.trim()}`.trim()));
    child.stdin.on("error", () => {}); // "close" reports it
    child.stderr.on("data", (data) => {
      this.#stderr = `${this.#stderr}${data}`.slice(-quoted);
    });
    createInterface({ input: child.stdout }).on("line", (line) => this.#pending.shift()?.answer(line));
    // An idle child does not keep this process alive, and ends with it.
    child.unref();
    for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as unknown as Socket).unref();
    process.on("exit", this.#kill);
  }

  /** Sends a request. Returns the answer without its first word. */
  async ask(...words: (string | number)[]): Promise<string> {
    if (this.#failure) throw this.#failure;
    const line = await new Promise<string>((answer, fail) => {
      const timer = setTimeout(() => {
        this.#fail(`did not answer within ${this.#patience / 1000} seconds to: ${words.join(" ").slice(0, 80)}`);
        this.#kill();
      }, this.#patience);
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          settle(value);
        };
      this.#pending.push({ answer: settled(answer), fail: settled(fail) });
      this.#process.stdin.write(`${words.join(" ")}\n`);
    });
    const [kind, text] = [line.split(" ", 1)[0], line.slice(line.indexOf(" ") + 1)];
    if (kind === "error") throw new Error(`${this.#name}: ${text}`);
    return text;
  }

  async prepare(way: string, { rule, shapes, threads }: Workload, values?: Values): Promise<Contest> {
    const id = this.#contests++;
    const given = values ? [encode(values.start), encode(values.gradient)] : [];
    const list = Object.values(shapes).map((shape) => shape.join("x"));
    await this.ask("prepare", id, way, rule, threads, list.join(","), ...given);
    return {
      time: async (steps) => Number(await this.ask("time", id, steps)),
      parameters: async () => decode(await this.ask("parameters", id)),
      close: () => {
        this.ask("close", id).catch(() => {}); // a program that has ended needs no close
      },
    };
  }

  close(): void {
    this.#fail("was closed");
    this.#process.stdin.end();
    this.#kill();
    process.off("exit", this.#kill);
  }

  #fail(what: string): void {
    this.#failure ??= new Error(`${this.#name}: the program ${what}`);
    for (const { fail } of this.#pending.splice(0)) fail(this.#failure);
  }
}
