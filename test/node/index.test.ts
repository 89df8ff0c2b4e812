// Checkpoints survive kill -9. Runs the built package: npm run build.
import { expect, test } from "vitest";
import { kills } from "../support/kills.js";

test("a file stays whole, and training goes on with the same bits", async () => {
  const { t, expected, equal, files } = await kills(20, "saveFile");
  expect({ t, equal }).toEqual({ t: expected, equal: true });
  expect(files).toEqual(["a.safetensors"]);
});

test("a folder has the last files and the best one, and training goes on with the same bits", async () => {
  const { t, expected, equal, files } = await kills(20, "folder");
  expect({ t, equal }).toEqual({ t: expected, equal: true });
  expect(files.filter((name) => name.startsWith("step-"))).toHaveLength(2);
  expect(files.length).toBeLessThanOrEqual(3);
});
