// Checks and times the variants of tuned kernels. Without names: of all kernels, and then the gain of threads.
//   npm run bench:ladders
//   npm run bench:ladders -- adam dot
import { setFlagsFromString } from "node:v8";
import * as ladders from "./index.js";
import { climb } from "./ladder.js";

// Without V8's baseline compiler, so that every sample runs optimized code.
setFlagsFromString("--no-liftoff");

const names = process.argv.slice(2);
const unknown = names.find((name) => !(name in ladders));
if (unknown) throw new RangeError(`bench:ladders expected one of ${Object.keys(ladders).join(", ")}, got ${unknown}`);
for (const [name, ladder] of Object.entries(ladders)) if (names.length === 0 || names.includes(name)) await climb(ladder);
if (names.length === 0) await import("./threads.js");
