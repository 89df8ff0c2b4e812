// Checks and times the variants of kernels that were tuned; without names all, and from where on threads pay.
//   npm run bench:ladders
//   npm run bench:ladders -- adam dot
import { setFlagsFromString } from "node:v8";
import * as ladders from "./index.js";
import { climb } from "./ladder.js";

// Compiled once, and well: a sample may not fall on the code that V8 begins with.
setFlagsFromString("--no-liftoff");

const names = process.argv.slice(2);
const unknown = names.find((name) => !(name in ladders));
if (unknown) throw new RangeError(`a ladder expected of ${Object.keys(ladders).join(", ")}, got ${unknown}`);
for (const [name, ladder] of Object.entries(ladders)) if (names.length === 0 || names.includes(name)) await climb(ladder);
if (names.length === 0) await import("./threads.js");
