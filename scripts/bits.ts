// Writes the table of bits: npm run bits
import { writeFileSync } from "node:fs";
import * as library from "../src/index.js";
import { bits } from "../test/support/bits.js";

writeFileSync(new URL("../test/bits.json", import.meta.url), `${JSON.stringify(await bits(library), null, 2)}\n`);
