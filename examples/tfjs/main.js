// Prints the time of an MNIST epoch with the built-in Adam and with ours: npm run tfjs, or npm run tfjs -- --quick
import { parseArgs } from "node:util";
import { printTable } from "../digits/table.js";
import { train } from "./training.js";

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const results = await train({
  limit: values.quick ? 3200 : Infinity,
  onBatch: (done, steps) => process.stderr.write(done < steps ? `\r${done} of ${steps} batches` : "\r\x1b[K"),
});
const [builtIn] = results;
const ratio = (/** @type {"epoch" | "optimizer"} */ time, /** @type {typeof builtIn} */ result) =>
  `${(builtIn[time] / result[time]).toFixed(1)} ×`;
printTable(
  results.map((result) => ({
    optimizer: result.name,
    "epoch, s": (result.epoch / 1000).toFixed(2),
    faster: ratio("epoch", result),
    "optimizer, s": (result.optimizer / 1000).toFixed(3),
    "faster ": ratio("optimizer", result),
    "test loss": result.loss.toFixed(4),
    "test accuracy": `${(100 * result.accuracy).toFixed(2)} %`,
  })),
);
