// Firefox, without a driver: it opens a page that shows pages of the site in a frame, and tells the server what it finds there.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "./server.js";
import { base, folder } from "./site.js";

const preferences = {
  "app.update.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "network.captive-portal-service.enabled": false,
};

/** A page that shows the links one after the other, each until `find` returns something, and sends what it returned. */
const probe = (links: readonly string[], find: (document: Document) => unknown) => `<!doctype html><meta charset="utf-8">
<script type="module">
  const find = ${find};
  const found = [];
  for (const link of ${JSON.stringify(links)}) {
    const frame = Object.assign(document.createElement("iframe"), { src: link, width: 1280, height: 900 });
    document.body.replaceChildren(frame);
    await new Promise((resolve) => frame.addEventListener("load", resolve));
    let result;
    while ((result = find(frame.contentDocument)) === undefined) await new Promise((resolve) => setTimeout(resolve, 100));
    found.push(result);
  }
  fetch("/found", { method: "POST", body: JSON.stringify(found) });
</script>`;

/** What `find` finds on pages of the site in Firefox. It is called until it returns something, for `seconds` in all at most. */
export async function inFirefox<T>(
  paths: readonly string[],
  find: (document: Document) => T | undefined,
  seconds = 60,
): Promise<T[]> {
  const profile = mkdtempSync(join(tmpdir(), "firefox-"));
  const lines = Object.entries(preferences).map(([name, value]) => `user_pref("${name}", ${value});\n`);
  writeFileSync(join(profile, "user.js"), lines.join(""));
  let heard: (found: T[]) => void = () => {};
  const found = new Promise<T[]>((resolve, reject) => {
    heard = resolve;
    setTimeout(
      () => reject(new Error(`Firefox found nothing for ${seconds} s on a page of ${paths.join(" ")}`)),
      seconds * 1000,
    ).unref();
  });
  const { address, close } = await serve(folder, base, (pathname, body) => {
    if (pathname === "/found") heard(JSON.parse(body));
    return pathname === "/probe"
      ? probe(
          paths.map((path) => base + path),
          find,
        )
      : pathname === "/found"
        ? ""
        : undefined;
  });
  const firefox = spawn(
    "/usr/bin/firefox-esr",
    ["--headless", "--no-remote", "--profile", profile, new URL("/probe", address).href],
    {
      stdio: "ignore",
      detached: true,
      env: { ...process.env, HOME: profile },
    },
  );
  try {
    return await found;
  } finally {
    if (firefox.pid) process.kill(-firefox.pid, "SIGKILL");
    close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
