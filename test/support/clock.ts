// A clock that the test moves, so that results do not depend on the speed of the machine.
import { onTestFinished, vi } from "vitest";

/** Ten minutes. Code that still waits then waits in vain. */
const limit = 600_000;

/**
 * Replaces `performance.now()` until the test ends. Each call moves the clock by `tick` milliseconds and passes the new time to `onLook`.
 * A call after ten minutes throws.
 */
export function useClock(tick = 0, onLook = (_: number): void => {}): { now: number } {
  const clock = { now: 0 };
  const look = vi.spyOn(performance, "now").mockImplementation(() => {
    clock.now += tick;
    if (clock.now > limit) throw new Error("ten minutes have passed");
    onLook(clock.now);
    return clock.now;
  });
  onTestFinished(() => look.mockRestore());
  return clock;
}
