// The pages of the API, from the docstrings of src/, by TypeDoc.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./page.js";
import { specs } from "./properties.js";

/** Writes site/pages/api. TypeDoc belongs to the packages of site/. Rules have pages of their own. */
export function writeApi(): void {
  const site = join(root, "site");
  const rules = specs.flatMap(({ name }) => ["--exclude", join(root, `src/rules/${name}.ts`)]);
  const options = ["--options", "generate/typedoc.json", ...rules];
  execFileSync(join(site, "node_modules/.bin/typedoc"), options, { cwd: site, stdio: "inherit" });
}
