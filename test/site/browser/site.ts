// Builds the site below a folder, as a project page of a host has it, and serves it for all tests.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { pagesIn } from "./pages.js";
import { serve } from "./server.js";

declare module "vitest" {
  interface ProvidedContext {
    /** The address of the site, with a slash at the end. */
    address: string;
    /** What the build printed. */
    log: string;
    pages: readonly string[];
  }
}

const root = new URL("../../../", import.meta.url);
export const folder = fileURLToPath(new URL("build/site/", root));
export const base = "/simdescent/";

/** What the build prints. SITE_BUILT=1 tests what is built already. */
function build(): string {
  if (process.env.SITE_BUILT) return "";
  const { status, stdout, stderr, error } = spawnSync("npm", ["run", "site", "--", "--outDir", folder], {
    cwd: fileURLToPath(root),
    env: { ...process.env, SITE_BASE: base },
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`the build of the site ended with ${status ?? error}\n${stdout}${stderr}`);
  return stdout + stderr;
}

export default async function setup({ provide }: TestProject): Promise<() => void> {
  const log = build();
  const { address, close } = await serve(folder, base);
  provide("address", address);
  provide("log", log);
  provide("pages", pagesIn(folder));
  return close;
}
