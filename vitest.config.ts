import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    // The kernels' sources run as JavaScript too, with every operation rounded by Math.fround: see test/lanes.ts.
    alias: [{ find: /^\.\.\/lanes$/, replacement: fileURLToPath(new URL("test/lanes.ts", import.meta.url)) }],
  },
  test: { include: ["test/**/*.test.ts"] },
});
