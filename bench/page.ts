// The benchmark in a browser: the same cells, without rivals.
import { threads } from "../src/index.js";
import { type Costs, cell, type Field, names } from "./cells.js";
import { specs } from "./ways.js";
import { sizes, tensors } from "./workloads.js";

const find = <E extends Element>(selector: string) => document.querySelector(selector) as E;
const [form, about, state] = [find<HTMLFormElement>("form"), find("#about"), find("#state")];
const table = find<HTMLTableElement>("table");
const [rule, size] = [find<HTMLSelectElement>("[name=rule]"), find<HTMLSelectElement>("[name=size]")];

const every = "all";
for (const [select, choices, first] of [
  [rule, specs.map(({ name }) => name), "adam"],
  [size, sizes.map(String), every],
] as const) {
  for (const choice of [every, ...choices]) select.add(new Option(choice, choice, choice === first, choice === first));
}

const pool = await threads();
const field: Field = {
  scalar: await WebAssembly.compileStreaming(fetch(new URL("../build/scalar.wasm", import.meta.url))),
  pools: pool.size > 1 ? [pool] : [],
  rivals: [],
  // Browsers have coarse clocks: 0.1 ms, or 5 µs if the page is cross-origin isolated.
  pace: { rounds: 15, milliseconds: 5, budget: 3000 },
  longest: 3000,
};
const ways = [names.ours, ...field.pools.map(({ size }) => names.threads(size)), names.scalar, names.plain];
about.textContent =
  `${navigator.userAgent}; ${navigator.hardwareConcurrency} cores` +
  (pool.size > 1 ? "." : "; one thread, because the page is not cross-origin isolated.");
const head = find<HTMLTableRowElement>("thead tr");
for (const way of [...ways, `${names.plain} ÷ ${names.ours}`])
  head.append(Object.assign(document.createElement("th"), { textContent: way }));

/** Adds the row of a cell: the time of each way, and the ratio of plain JavaScript to ours. */
async function measure(name: string, n: number, costs: Costs): Promise<void> {
  const spec = specs.find((spec) => spec.name === name) as (typeof specs)[number];
  const { ways: measured, parameters } = await cell(field, spec, String(n), tensors(spec, n), costs);
  const row = table.tBodies[0].insertRow();
  const numbers = ways.map((way) => measured[way] && ((measured[way].median * 1e6) / parameters).toFixed(2));
  const texts = [name, n.toLocaleString("en-US"), ...numbers, measured[names.plain]?.ratio.toFixed(1)];
  for (const text of texts) row.insertCell().textContent = text ?? "–";
}

form.onsubmit = async (event) => {
  event.preventDefault();
  const button = find<HTMLButtonElement>("button");
  button.disabled = true;
  table.hidden = false;
  table.tBodies[0].replaceChildren();
  const costs: Costs = new Map();
  const chosen = specs.map(({ name }) => name).filter((name) => rule.value === every || rule.value === name);
  const measured = sizes.filter((n) => size.value === every || size.value === String(n));
  for (const name of chosen) {
    for (const n of measured) {
      state.textContent = `${name}, ${n.toLocaleString("en-US")} parameters …`;
      await new Promise((resolve) => setTimeout(resolve)); // lets the browser show the text
      await measure(name, n, costs);
    }
  }
  state.textContent = "Done.";
  button.disabled = false;
};
state.textContent = "Ready.";
