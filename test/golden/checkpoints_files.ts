// Writes our checkpoints for checkpoints_golden.py: reads a list of [rule, options], writes one of [file in base64, checksum], as JSON.
import { readFileSync } from "node:fs";
import { save } from "../../src/index.js";
import { beforeFile, tensorsSum } from "../support/exchange.js";

const cases = JSON.parse(readFileSync(0, "utf8")) as [rule: string, options: object][];
const files = cases.map(([rule, options]) => save(beforeFile(rule, options)));
process.stdout.write(JSON.stringify(files.map((file) => [Buffer.from(file).toString("base64"), tensorsSum(file)])));
