// Firefox, without a driver: it opens a page that shows a page of the site in a frame, and tells the server what it finds there.
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

/** A page that sends `find(document of the frame)` as soon as it is neither undefined nor an error. */
const probe = (link: string, find: (document: Document) => unknown) => `<!doctype html><meta charset="utf-8">
<iframe src="${link.replaceAll("&", "&amp;")}" width="1280" height="900"></iframe>
<script>
  const find = ${find};
  const frame = document.querySelector("iframe");
  const timer = setInterval(() => {
    let found;
    try { found = find(frame.contentDocument); } catch { return; }
    if (found === undefined) return;
    clearInterval(timer);
    fetch("/found", { method: "POST", body: JSON.stringify(found) });
  }, 100);
</script>`;

/** What `find` finds on a page of the site in Firefox. It is called until it returns something, for `seconds` at most. */
export async function inFirefox<T>(path: string, find: (document: Document) => T | undefined, seconds = 60): Promise<T> {
  const profile = mkdtempSync(join(tmpdir(), "firefox-"));
  const lines = Object.entries(preferences).map(([name, value]) => `user_pref("${name}", ${value});\n`);
  writeFileSync(join(profile, "user.js"), lines.join(""));
  let heard: (found: T) => void = () => {};
  const found = new Promise<T>((resolve, reject) => {
    heard = resolve;
    setTimeout(() => reject(new Error(`Firefox found nothing on ${path} for ${seconds} s`)), seconds * 1000).unref();
  });
  const { address, close } = await serve(folder, base, (pathname, body) => {
    if (pathname === "/found") heard(JSON.parse(body));
    return pathname === "/probe" ? probe(base + path, find) : pathname === "/found" ? "" : undefined;
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
