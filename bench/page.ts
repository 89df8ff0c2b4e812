// The benchmark in a browser: the same cells, without rivals.
import { threads } from "../src/index.js";
import { type Cell, type Costs, cell, type Field, names } from "./cells.js";
import { charts, rounded } from "./charts.js";
import { specs } from "./ways.js";
import { sizes, tensors } from "./workloads.js";

const find = <E extends Element>(selector: string) => document.querySelector(selector) as E;
const [form, about, state] = [find<HTMLFormElement>("form"), find("#about"), find("#state")];
const [table, pictures] = [find<HTMLTableElement>("table"), find("#charts")];
const [rule, size] = [find<HTMLSelectElement>("[name=rule]"), find<HTMLSelectElement>("[name=size]")];

const every = "all";
const count = (n: number) => `${n.toLocaleString("en-US")} parameters`;
for (const [select, choices, first] of [
  [rule, specs.map(({ name }) => [name, name]), "adam"],
  [size, sizes.map((n) => [count(n), String(n)]), every],
] as const) {
  for (const [text, value] of [[every, every], ...choices]) select.add(new Option(text, value, value === first, value === first));
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
const loops = [names.fast, names.plain];
const ways = [names.ours, ...field.pools.map(({ size }) => names.threads(size)), names.scalar, ...loops];
const threadsOf = (n: number) => (n === 1 ? "1 thread" : `${n} threads`);
about.textContent =
  `${navigator.userAgent}; ${navigator.hardwareConcurrency} cores; ${threadsOf(pool.size)}` +
  (crossOriginIsolated ? "." : ", because the page is not isolated (crossOriginIsolated is false).");
const head = find<HTMLTableRowElement>("thead tr");
for (const way of [...ways, ...loops.map((loop) => `${loop} ÷ ${names.ours}`)])
  head.append(Object.assign(document.createElement("th"), { textContent: way }));

/** Adds the row of a cell: the time of each way, and the ratios of plain JavaScript to ours. */
function show({ rule, parameters, ways: measured }: Cell): void {
  const row = table.tBodies[0].insertRow();
  const times = ways.map((way) => measured[way] && `${rounded((measured[way].median * 1e6) / parameters)} ns`);
  const ratios = loops.map((loop) => measured[loop] && `${rounded(measured[loop].ratio)} ×`);
  for (const text of [rule, count(parameters), ...times, ...ratios]) row.insertCell().textContent = text ?? "–";
}

form.onsubmit = async (event) => {
  event.preventDefault();
  const button = find<HTMLButtonElement>("button");
  button.disabled = true;
  table.hidden = false;
  table.tBodies[0].replaceChildren();
  pictures.replaceChildren();
  const cells: Cell[] = [];
  const costs: Costs = new Map();
  const chosen = specs.map(({ name }) => name).filter((name) => rule.value === every || rule.value === name);
  const measured = sizes.filter((n) => size.value === every || size.value === String(n));
  for (const name of chosen) {
    for (const n of measured) {
      state.textContent = `${name}, ${count(n)} …`;
      await new Promise((resolve) => setTimeout(resolve)); // lets the browser show the text
      const spec = specs.find((spec) => spec.name === name) as (typeof specs)[number];
      const measured = await cell(field, spec, String(n), tensors(spec, n), costs);
      cells.push(measured);
      show(measured);
      pictures.innerHTML = charts({ cells }, document)
        .map(({ svg }) => svg)
        .join("");
    }
  }
  state.textContent = "Done.";
  button.disabled = false;
};
state.textContent = "Ready.";
