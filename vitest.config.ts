import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import { patience } from "./test/support/patience.js";

export default defineConfig({
  resolve: {
    // The kernels' sources run as JavaScript too, with every operation rounded by Math.fround: see test/support/lanes.ts.
    alias: [
      { find: /^\.\.\/lanes$/, replacement: fileURLToPath(new URL("test/support/lanes.ts", import.meta.url)) },
      // The programs of site/ import the package by its name.
      { find: /^simdescent$/, replacement: fileURLToPath(new URL("src/index.ts", import.meta.url)) },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, "test/site/browser/**"], // npm run test:site
    maxWorkers: availableParallelism(), // by default one less: half of a machine with two
    // No test fails for being slow; one that hangs ends.
    testTimeout: patience,
    hookTimeout: patience,
    teardownTimeout: patience,
    coverage: {
      include: ["src/**"],
      exclude: ["**/*.md", "**/*.json", "src/kernels/generated.ts"],
      reporter: ["text", "html"],
      reportOnFailure: true,
    },
  },
});
