// Bundles the package for pages without a bundler, minified: dist/browser/browser.js, and worker.js for threads() beside it. Part of
// npm run build.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { build } from "esbuild";

const { outputFiles } = await build({
  entryPoints: { browser: "dist/index.js", worker: "dist/threads/worker.js" },
  outdir: "dist/browser",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  write: false,
});
for (const { path, text } of outputFiles) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text.replace("}export{", "}\nexport{")); // tools look for `export` where a line or a statement begins
}
