// Tests the packed library in all installed browsers: npm run test:browser
import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as library from "../../src/index.js";
import { type Bundler, bundle, bundlers } from "./bundlers.js";
import { end, optimizers, saved, trainTo } from "./checkpoints.js";
import { imports, makeProject, program } from "./project.js";
import { report, run } from "./run.js";
import { Pages, type Policy } from "./server.js";

interface Browser {
  readonly name: string;
  readonly file: string;
  /** The command that prints the version. */
  readonly version: readonly string[];
  /** The command that opens an address, with a new folder for the profile. */
  open(folder: string, address: string): readonly string[];
  /** Whether threads can share memory on a cross-origin isolated page. */
  readonly shares: boolean;
  /** Whether there is a file system for pages and workers, OPFS. */
  readonly files: boolean;
}

/** The first existing file; the first one if none exists. */
const find = (...files: string[]) => files.find((file) => existsSync(file)) ?? files[0];

const chromium = find("/usr/bin/chromium", "/usr/bin/google-chrome");
const firefox = find("/usr/bin/firefox-esr", "/usr/bin/firefox");
const libraries = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;
const webkit = find(...["4.1", "6.0", "4.0"].map((version) => `${libraries}/webkit2gtk-${version}/MiniBrowser`));

const quiet = `user_pref("app.update.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("dom.max_script_run_time", 0);
`;

const browsers: readonly Browser[] = [
  {
    name: "Chromium",
    file: chromium,
    version: [chromium, "--version"],
    open: (folder, address) => {
      const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
      return [chromium, ...flags, "--disable-component-update", "--disable-sync", `--user-data-dir=${folder}`, address];
    },
    shares: true,
    files: true,
  },
  {
    name: "Firefox",
    file: firefox,
    version: [firefox, "--version"],
    open: (folder, address) => {
      writeFileSync(join(folder, "user.js"), quiet);
      return [firefox, "--headless", "--no-remote", "--profile", folder, address];
    },
    shares: true,
    files: true,
  },
  {
    name: "WebKitGTK",
    file: webkit,
    version: ["xvfb-run", "-a", webkit, "--version"],
    open: (_, address) => ["xvfb-run", "-a", webkit, address],
    shares: false, // Debian's build has no SharedArrayBuffer
    files: false, // WebKitGTK 2.50 has OPFS with --features=+StorageAPI,+FileSystem,+AccessHandle, but no way to write
  },
];

const project = makeProject();
const pages = new Pages(project);
const entry = program(
  project,
  "main.js",
  `${imports}import { visit } from "./page.js";\nawait visit(library, (wanted) => check(library, table, expected, wanted));\n`,
);
const folder = (bundler: Bundler) => `${bundler}-browser`;
for (const bundler of bundlers) bundle(bundler, project, entry, "browser");
// Files of Node, and a page that loads them.
const page = program(
  project,
  "files.js",
  `import * as library from "simdescent";
import { folder } from "simdescent/opfs";
import { checkpoints } from "./checkpoints.js";
import { visit } from "./page.js";
await visit(library, ({ threads }) => checkpoints(library, folder, threads));\n`,
);
const files = bundle("esbuild", project, page, "browser", "files");
for (const [name, make] of Object.entries(optimizers)) {
  const opt = trainTo(make(library), saved);
  writeFileSync(join(files, `${name}.safetensors`), library.save(opt));
  writeFileSync(join(files, `${name}.end.safetensors`), library.save(trainTo(opt, end)));
}
copyFileSync(join(project, "node_modules/simdescent/dist/kernels/plain.wasm"), join(project, folder("esbuild"), "plain.wasm"));
// A page without a bundler: the programs as they are, browser.js and worker.js.
cpSync(join(project, "src"), join(project, "unbundled"), { recursive: true });
cpSync(join(project, "node_modules/simdescent/dist/browser"), join(project, "unbundled"), { recursive: true });
const address = await pages.start();

let running: { readonly browser: Browser; readonly process: ChildProcess } | undefined;

/** Ends the running browser and its child processes. */
function close(): void {
  try {
    if (running?.process.pid) process.kill(-running.process.pid, "SIGKILL");
  } catch {
    // the browser has already ended
  }
  running = undefined;
  pages.forget();
}
process.on("exit", close);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

/** Starts a browser, and ends the previous one. */
function open(browser: Browser): void {
  if (running?.browser === browser) return;
  close();
  const own = join(project, browser.name);
  mkdirSync(own);
  const [command, ...args] = browser.open(own, address);
  const options = { stdio: "ignore", detached: true, env: { ...process.env, HOME: own } } as const;
  running = { browser, process: spawn(command, args, options) };
}

function version({ version: [command, ...args] }: Browser): string {
  return run(command, args).split("\n")[0];
}

type Check = readonly [name: string, check: () => unknown];

/** The checks of a browser. Each visits a page with a policy and a query, and tests its answer. */
function checks(browser: Browser): Check[] {
  const visit = (name: string, policy: Policy, query: string, expected: RegExp, from = folder("esbuild")): Check => {
    const check = async () => {
      open(browser);
      const answer = await pages.visit(policy, from, query, 600);
      if (!expected.test(answer)) throw new Error(`expected ${expected}, got ${answer}`);
      return answer;
    };
    return [`${browser.name}: ${name}`, check];
  };
  const stored = browser.files ? /a folder of OPFS/ : /skipped: no OPFS here/;
  const storedShared = /the same from shared memory/;
  const shared: Check[] = [
    visit("isolated, main thread", "isolated", "mode=check&threads=2&quick", /of 2 threads/),
    visit("isolated, Web Worker", "isolated", "mode=worker&threads=2&quick", /of 2 threads/),
    visit("browser.js by an import map", "isolated", "mode=check&threads=2&quick", /of 2 threads/, "unbundled"),
    visit("checkpoints, isolated, main thread", "isolated", "mode=check&threads=2", storedShared, "files"),
    visit("checkpoints, isolated, Web Worker", "isolated", "mode=worker&threads=2", storedShared, "files"),
    visit("without the worker's file", "lost", "mode=lost", /^threads: worker 1 did not start: its file could not be loaded$/),
  ];
  const exhausted = visit("an optimizer too many", "plain", "mode=exhaust", /^after \d+: simdescent: .* arena\(\)/);
  const bundled = bundlers.map((bundler) =>
    visit(`${bundler}'s bundle, isolated`, "isolated", "mode=check&threads=2&quick", /of 2 threads/, folder(bundler)),
  );
  return [
    [browser.name, () => version(browser)],
    // The whole table once, on the main thread. The others leave out the columns that take longest.
    visit("main thread", "plain", "mode=check&threads=2&size=1", /one thread/),
    visit("Web Worker", "plain", "mode=worker&threads=2&size=1&quick", /one thread/),
    visit("script-src 'self' 'wasm-unsafe-eval'", "wasm", "mode=check&quick", /hashes/),
    visit("a module of its own", "wasm", "mode=module&quick", /hashes/),
    visit("4,096 optimizers in an arena", "plain", "mode=many", /^4096 optimizers/),
    visit("browser.js by an import map, one thread", "plain", "mode=check&quick", /one thread/, "unbundled"),
    visit("checkpoints, main thread", "plain", "mode=check", stored, "files"),
    visit("checkpoints, Web Worker", "plain", "mode=worker", stored, "files"),
    visit("script-src 'self'", "strict", "mode=blocked", /^simdescent: .*'wasm-unsafe-eval'.*useModule\(module\)/),
    ...(browser.shares ? shared : []),
    ...(browser.name === "Chromium" ? [...bundled, exhausted] : []),
  ];
}

const installed = browsers.filter(({ file }) => existsSync(file));
for (const { name, file } of browsers) if (!existsSync(file)) console.log(`skip  ${name}: no ${file}`);
if (installed.length === 0) throw new Error("no browser is installed");
await report(installed.flatMap(checks));
close();
pages.stop();
