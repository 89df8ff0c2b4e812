// Compares our reader with the library safetensors, on mutants from a first one on. Fails where ours takes what the library refuses, where both
// read different tensors, and where ours refuses without a cause. Counts the rest by cause.
// How to run it: README.md.
import { mutant } from "../support/safetensorsMutants.js";
import { judge } from "../support/safetensorsVerdict.js";
import { library } from "./safetensors_library.js";

Error.stackTraceLimit = 0; // a stack takes longer than a file
const [first = 0, count = 0, seconds = Number.POSITIVE_INFINITY] = process.argv.slice(2).map(Number);
const size = 10_000;

const theirs = library();
const counts = new Map<string, number>();
const add = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);

const begin = performance.now();
const elapsed = () => (performance.now() - begin) / 1000;

function compare(number: number, bytes: Uint8Array, ours: number | string, verdict: number) {
  if (ours === verdict) return add("taken");
  if (ours === "format" && verdict === 0) return add("refused");
  if (typeof ours === "string" && ours !== "format") return add(verdict === 0 ? "refused" : ours);
  throw new Error(`mutant ${number}: ours ${ours}, the library ${verdict}: ${Buffer.from(bytes).toString("latin1")}`);
}

let done = 0;
// The library judges a batch while we make and read it.
while (done < count && elapsed() < seconds) {
  const numbers = Array.from({ length: Math.min(size, count - done) }, (_, i) => first + done + i);
  const files = numbers.map(mutant);
  const asked = theirs.judge(files);
  await new Promise(setImmediate);
  const ours = files.map(judge);
  const verdicts = await asked;
  for (const [i, number] of numbers.entries()) {
    compare(number, files[i] as Uint8Array, ours[i] as number | string, verdicts[i] as number);
  }
  done += files.length;
  if (done % 1_000_000 === 0) console.log(done, `${elapsed().toFixed(0)} s`, Object.fromEntries(counts));
}
theirs.end();
console.log(`${done} mutants from ${first} in ${elapsed().toFixed(0)} s:`, Object.fromEntries(counts));
