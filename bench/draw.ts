// Writes the page and the charts of a report anew, from its numbers. Measures nothing.
//   npm run bench:draw
//   npm run bench:draw -- bench/output
import { readResults, writePages } from "./files.js";

const folder = process.argv[2] ?? "bench/report";
writePages(folder, readResults(folder));
