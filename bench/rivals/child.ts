// A rival that is a program of its own, and answers each line with one:
//
//   version <way>                                               version <text>
//   prepare <id> <way> <rule> <threads> <shapes>                prepared
//   prepare <id> <way> <rule> <threads> <shapes> <start> <gradient>
//   time <id> <steps>                                           time <milliseconds>
//   parameters <id>                                             parameters <values>
//   close <id>                                                  closed
//   anything that it cannot do                                  error <text>
//
// <way> is the variant of the program, a word of its own. <shapes> is 33x65,7 for a matrix and a vector; values are the bytes
// of their floats in hexadecimal digits. Workloads live side by side by <id>. The end of its input ends the program.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { createInterface } from "node:readline";
import type { Contest, Values, Workload } from "./rival.js";

/** How much of what a program says on stderr goes into an error. */
const lastWords = 400;

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

  /** Starts the program. `name` is for errors; after `patience` milliseconds without an answer it is ended. */
  constructor(name: string, command: string, args: readonly string[], patience = 600_000) {
    this.#name = name;
    this.#patience = patience;
    // Its idle threads sleep: spinning, they would have the processors when others have their turn.
    const env = { ...process.env, OMP_WAIT_POLICY: "passive" };
    const child = spawn(command, args, { stdio: "pipe", env });
    this.#process = child;
    child.on("error", ({ message }) => this.#fail(`cannot be started: ${message}`));
    child.on("close", (code, signal) => this.#fail(`has ended (${signal ?? `code ${code}`}). ${this.#stderr.trim()}`.trim()));
    child.stdin.on("error", () => {}); // Its end tells.
    child.stderr.on("data", (data) => {
      this.#stderr = `${this.#stderr}${data}`.slice(-lastWords);
    });
    createInterface({ input: child.stdout }).on("line", (line) => this.#pending.shift()?.answer(line));
    // An idle child keeps nobody waiting, and none is left behind.
    child.unref();
    for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as unknown as Socket).unref();
    process.on("exit", this.#kill);
  }

  /** What it answers, without the word that answers begin with. */
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
        this.ask("close", id).catch(() => {}); // Who is gone has closed.
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
