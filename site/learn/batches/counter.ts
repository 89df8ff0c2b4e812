// Updates per epoch for any number of examples and any batch size, as bars with one block for each update.
import { element } from "../../playground/controls/control.js";
import type { strings } from "../strings.js";
import { updatesPerEpoch } from "./epoch.js";

/** The most blocks of a bar. With more updates, a block stands for several. */
const mostBlocks = 100;

/** The most examples that the library divides into batches. */
const mostExamples = 2 ** 32 - 1;

const grouped = (value: number) => value.toLocaleString("en");

function bar(updates: number, perBlock: (updates: string) => string): HTMLElement {
  const blocks = element("div", { className: "learn-blocks" });
  blocks.style.setProperty("--blocks", String(Math.min(updates, mostBlocks)));
  if (updates <= mostBlocks) return blocks;
  return element("div", {}, blocks, element("small", {}, perBlock(grouped(Math.round(updates / mostBlocks)))));
}

function field(label: string, value: number, onInput: () => void) {
  const input = element("input", { type: "number", min: "1", step: "1", value: String(value), className: "pg-number" });
  input.addEventListener("input", onInput);
  return { input, whole: element("label", { className: "learn-field" }, label, input) };
}

export function counter(texts: (typeof strings)["en"]): HTMLElement {
  const list = element("dl", { className: "learn-counts" });
  const draw = () => {
    const n = Math.min(Math.max(1, Math.floor(Number(examples.input.value))), mostExamples);
    const b = Math.min(Math.max(1, Math.floor(Number(perBatch.input.value))), n);
    const rows = [
      [texts.kinds.batch, updatesPerEpoch(n, n)],
      [texts.kinds.mini(b), updatesPerEpoch(n, b)],
      [texts.kinds.stochastic, updatesPerEpoch(n, 1)],
    ] as const;
    list.replaceChildren(
      ...rows.flatMap(([name, updates]) => [
        element("dt", {}, name),
        element("dd", {}, bar(updates, texts.perBlock), element("strong", {}, grouped(updates))),
      ]),
    );
  };
  const examples = field(texts.examples, 5_000_000, draw);
  const perBatch = field(texts.perBatch, 100_000, draw);
  draw();
  const title = element("p", { className: "learn-title" }, texts.count);
  const fields = element("div", { className: "learn-fields" }, examples.whole, perBatch.whole);
  return element("div", { className: "learn-counter" }, title, fields, list);
}
