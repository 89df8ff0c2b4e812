// The pages of the API, from the docstrings of src/, by TypeDoc.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const site = fileURLToPath(new URL("../", import.meta.url));

/** Writes site/pages/api. TypeDoc belongs to the packages of site/. */
export function writeApi(): void {
  execFileSync(`${site}node_modules/.bin/typedoc`, ["--options", "generate/typedoc.json"], { cwd: site, stdio: "inherit" });
}
