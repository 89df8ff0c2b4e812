// Writes the table of bits: npm run bits
import { writeFileSync } from "node:fs";
import * as library from "../src/index.js";
import { bits } from "./bits.js";

writeFileSync(new URL("bits.json", import.meta.url), `${JSON.stringify(await bits(library), null, 2)}\n`);
