// The cost of the engine's options around the rule, in nanoseconds per parameter and relative to the rule alone.
//   npm run bench:composing
//   npm run bench:composing -- --rule sgd --size 16384
import { parseArgs } from "node:util";
import { Optimizer } from "../src/engine/optimizer.js";
import type { Spec } from "../src/engine/spec.js";
import { rules } from "../src/index.js";
import { fill, random } from "../test/support/random.js";

const { values: given } = parseArgs({ options: { rule: { type: "string" }, size: { type: "string" } } });
const name = given.rule ?? "adam";
const spec = (rules as unknown as Record<string, { spec: Spec } | undefined>)[name]?.spec;
if (!spec) throw new RangeError(`--rule expected one of ${Object.keys(rules).join(", ")}, got ${name}`);
const sizes = given.size === undefined ? [16_384, 1_000_000, 4_000_000] : [Number(given.size)];

const alone = { nonFinite: "allow" } as const;
const decay = { decay: "decoupled", weightDecay: 0.01 } as const;
const rows: [string, Record<string, unknown>][] = [
  ['the rule alone (`nonFinite: "allow"`)', alone],
  ["with the search for NaN and infinity, the default", {}],
  ["clipNorm, which includes the search", { clipNorm: 1 }],
  ["decoupled decay", { ...alone, ...decay }],
  ["ema", { ...alone, ema: true }],
  ["zeroGrad", { ...alone, zeroGrad: true }],
  ["ema, then a call of zeroGrad()", { ...alone, ema: true }],
  ["clipNorm, decoupled decay, ema, zeroGrad", { clipNorm: 1, ...decay, ema: true, zeroGrad: true }],
  ["clipValue", { ...alone, clipValue: 1 }],
  ["noise", { ...alone, noise: { eta: 1e-4 } }],
  ["lookahead, synchronized at every step", { ...alone, lookahead: { every: 1 } }],
];

const rounds = 41;
const quantile = (sorted: readonly number[], q: number) => sorted[Math.floor(q * (sorted.length - 1))];

console.log(
  `Node ${process.version}, ${process.arch}. ${name}: nanoseconds per parameter in ${rounds} interleaved rounds. Median; half the ` +
    "interquartile range; median of the ratios to the first row, round by round.\n",
);
for (const size of sizes) {
  const gradient = fill(new Float32Array(size), random(2), 1e-3);
  const measured = rows.map(([label, options]) => {
    const optimizer = new Optimizer(spec, { x: size }, options as never);
    fill(optimizer.params.x, random(1));
    return { label, optimizer, zeroGrad: label.includes("zeroGrad()"), times: [] as number[] };
  });
  // A round lasts long enough for the clock. Gradients are filled before each round, outside of the measured time.
  const steps = Math.ceil(2e5 / size);
  for (let round = 0; round < rounds + 5; round++) {
    for (const { optimizer, zeroGrad, times } of measured) {
      optimizer.grads.x.set(gradient);
      const start = performance.now();
      for (let step = 0; step < steps; step++) {
        optimizer.step();
        if (zeroGrad) optimizer.zeroGrad();
      }
      const time = ((performance.now() - start) * 1e6) / steps / size;
      if (round >= 5) times.push(time); // earlier rounds compile the code
    }
  }
  const first = measured[0].times.slice();
  console.log(`| ${size} parameters | ns | ± | ratio |\n|---|--:|--:|--:|`);
  for (const { label, times } of measured) {
    const ratio = quantile(
      times.map((time, i) => time / first[i]).sort((a, b) => a - b),
      0.5,
    );
    times.sort((a, b) => a - b);
    const spread = (quantile(times, 0.75) - quantile(times, 0.25)) / 2;
    console.log(`| ${label} | ${quantile(times, 0.5).toFixed(2)} | ${spread.toFixed(2)} | ${ratio.toFixed(2)} |`);
  }
  console.log();
}
