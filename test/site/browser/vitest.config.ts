// Tests of the built site in browsers: npm run test:site
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const file = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

export default defineConfig({
  root: file(""),
  resolve: {
    alias: {
      simdescent: file("src/index.ts"),
      "playwright-core": file("site/node_modules/playwright-core"),
      "@axe-core/playwright": file("site/node_modules/@axe-core/playwright"),
    },
  },
  test: {
    include: ["test/site/browser/*.test.ts"],
    globalSetup: "test/site/browser/site.ts",
    // Each file has a browser of its own.
    maxWorkers: 2,
    maxConcurrency: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
