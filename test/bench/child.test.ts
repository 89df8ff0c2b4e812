import { setTimeout as pause } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { Child } from "../../bench/rivals/child.js";
import { patience } from "../support/patience.js";

// Programs that answer, or do not, as rivals of the benchmark may.

const script = (body: string) => ["-e", `require("readline").createInterface(process.stdin).on("line", (line) => { ${body} })`];
const node = (body: string, most?: number) => new Child("rival", process.execPath, script(body), most);

const runs = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function ended(pid: number): Promise<boolean> {
  for (const end = Date.now() + patience; runs(pid) && Date.now() < end; ) await pause(20);
  return !runs(pid);
}

test("answers come to their questions, in order", async () => {
  const child = node(`console.log("said " + line)`);
  const answers = ["one two", "three", ""].map((words) => child.ask(words));
  expect(await Promise.all(answers)).toEqual(["one two", "three", ""]);
  child.close();
});

test("an error that the program answers names it, and the program goes on", async () => {
  const child = node(`console.log(line === "bad" ? "error this is bad" : "fine " + line)`);
  await expect(child.ask("bad")).rejects.toThrow("rival: this is bad");
  expect(await child.ask("good")).toBe("good");
  child.close();
});

test("a program that ends gives an error that names it, and its last words", async () => {
  const child = node(`console.error("no more"); process.exitCode = 3; process.stdin.destroy()`);
  await expect(child.ask("anything")).rejects.toThrow("rival: the program has ended (code 3). no more");
  await expect(child.ask("again")).rejects.toThrow("rival: the program has ended (code 3). no more");
});

test("a program that cannot be started gives an error that names it", async () => {
  const child = new Child("rival", "there-is-no-such-program", []);
  await expect(child.ask("anything")).rejects.toThrow(/^rival: the program cannot be started: .*ENOENT/);
});

test("a program that does not answer is ended", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const child = node(`if (line === "pid") console.log("pid " + process.pid)`, 1000);
  const pid = Number(await child.ask("pid"));
  expect(runs(pid)).toBe(true);
  const silence = expect(child.ask("silence")).rejects.toThrow("rival: the program did not answer within 1 seconds to: silence");
  vi.advanceTimersByTime(1000);
  vi.useRealTimers();
  await silence;
  expect(await ended(pid)).toBe(true);
});

test("close() ends the program, and what waits for it", async () => {
  const child = node(`if (line === "pid") console.log("pid " + process.pid)`);
  const pid = Number(await child.ask("pid"));
  const waiting = expect(child.ask("silence")).rejects.toThrow("rival: the program was closed");
  child.close();
  await waiting;
  expect(await ended(pid)).toBe(true);
});
