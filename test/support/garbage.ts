import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");

export const collectGarbage = runInNewContext("gc") as () => void;

/** The memory of the array x. In a function of its own, so that no variable of a test keeps it. */
export const bufferOf = (views: Readonly<Record<string, Float32Array>>) => new WeakRef((views.x as Float32Array).buffer);

/** Whether in the end nothing keeps this any more. */
export async function isGone(ref: WeakRef<object>): Promise<boolean> {
  for (let i = 0; i < 100 && ref.deref(); i++) {
    await pause(5); // a target that was asked for stays until the end of the job
    collectGarbage();
  }
  return ref.deref() === undefined;
}
