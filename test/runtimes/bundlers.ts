// The bundlers, each configured as in its manual. For Node, worker.js is another entry, because it must be beside the bundle.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { installed } from "./project.js";
import { run } from "./run.js";

export type Platform = "node" | "browser";

const node = installed("node24/bin/node");
/** The entry that docs/bundlers.md asks for, if a bundler does not find the worker's file. */
const worker = "simdescent/worker.js";

const commands = {
  esbuild(project: string, entry: string, out: string, platform: Platform): void {
    const flags = ["--bundle", "--minify", "--format=esm", `--platform=${platform}`, "--target=es2022", `--outdir=${out}`];
    run(installed(".bin/esbuild"), [`main=${entry}`, `worker=${worker}`, ...flags], { cwd: project });
  },

  rollup(project: string, entry: string, out: string): void {
    const config = `import resolve from ${JSON.stringify(installed("@rollup/plugin-node-resolve/dist/es/index.js"))};
export default { input: { main: ${JSON.stringify(entry)}, worker: "${worker}" }, output: { dir: ${JSON.stringify(out)} }, plugins: [resolve()] };`;
    writeFileSync(join(project, "rollup.config.js"), config);
    run(node, [installed("rollup/dist/bin/rollup"), "-c", "--silent"], { cwd: project });
  },

  webpack(project: string, entry: string, out: string, platform: Platform): void {
    const own = platform === "node" ? { worker } : {};
    const config = {
      mode: "production",
      target: platform === "node" ? "node20" : "web",
      experiments: { outputModule: true },
      entry: { main: entry, ...own },
      output: { path: out, module: true, filename: "[name].js" },
    };
    writeFileSync(join(project, "webpack.config.js"), `export default ${JSON.stringify(config)};`);
    run(node, [installed("webpack-cli/bin/cli.js")], { cwd: project });
  },

  vite(project: string, entry: string, out: string, platform: Platform): void {
    const input = platform === "node" ? { main: entry, worker } : { main: entry };
    const output = { entryFileNames: "[name].js" };
    const build = { ssr: platform === "node", target: "es2022", outDir: out, rollupOptions: { input, output } };
    const config = { base: "./", ssr: { noExternal: true }, build };
    writeFileSync(join(project, "vite.config.js"), `export default ${JSON.stringify(config)};`);
    run(node, [installed("vite/bin/vite.js"), "build"], { cwd: project });
  },
};

export type Bundler = keyof typeof commands;

export const bundlers = Object.keys(commands) as Bundler[];

/** Bundles a program of the project into a folder there. Returns the folder with its main.js. */
export function bundle(
  bundler: Bundler,
  project: string,
  entry: string,
  platform: Platform,
  folder = `${bundler}-${platform}`,
): string {
  const out = join(project, folder);
  commands[bundler](project, entry, out, platform);
  return out;
}
