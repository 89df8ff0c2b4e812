// The benchmark compares equal work: every rival takes the same steps as we.
import { afterAll, describe, expect, test } from "vitest";
import { agreement } from "../../bench/rivals/agreement.js";
import { rivals } from "../../bench/rivals/index.js";

const found = await Promise.all(rivals.map(async (rival) => ({ rival, available: await rival.available() })));
afterAll(() => {
  for (const rival of rivals) rival.close();
});

for (const { rival, available } of found) {
  const missing = "missing" in available;
  describe.skipIf(missing)(`${rival.name}: ${missing ? available.missing : available.version}`, () => {
    for (const threads of rival.maxThreads === 1 ? [1] : [1, 2]) {
      test.for([...rival.rules])(`%s takes our steps, threads: ${threads}`, async (rule) => {
        const { error, tolerance } = await agreement(rival, rule, threads);
        expect(error).toBeLessThanOrEqual(tolerance);
      });
    }
  });
}
