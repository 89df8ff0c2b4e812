// Bundles the package for pages without a bundler, minified: dist/browser/browser.js, and worker.js for threads() beside it. Part of
// npm run build.
import { build } from "esbuild";

await build({
  entryPoints: { browser: "dist/index.js", worker: "dist/threads/worker.js" },
  outdir: "dist/browser",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  lineLimit: 1000, // editors and linters can read it
});
